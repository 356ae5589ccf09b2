//! Word lists as data: `name: words`, continued on indented lines, `#` for comments.
//!
//! In: the text of a list file that is compiled in. Out: pairs of the list's name and a word, in the
//! file's order; an underscore in a word stands for a space, so that phrases are entries too. Absent:
//! what the lists mean. Read next: the `.txt` beside each detector.

/// The entries of a list file.
pub(crate) fn entries(text: &'static str) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    let mut name = "";
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut rest = line;
        if let Some((before, after)) = line.split_once(':') {
            (name, rest) = (before.trim(), after);
        }
        found.extend(rest.split_whitespace().map(|word| (name, word)));
    }
    found
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_hold_until_the_next_and_comments_are_left_out() {
        let read = super::entries("# x: y\na 2: one two\n  three\nb: four\n");
        assert_eq!(
            read,
            [
                ("a 2", "one"),
                ("a 2", "two"),
                ("a 2", "three"),
                ("b", "four")
            ]
        );
    }
}
