//! The patterns of presence and service: "tem alguém aí?", "alguém me atende", "ajuda humana",
//! "chega de robô".
//!
//! In: a clause and a place in it. Out: whether a request for a person begins there. Absent:
//! speaking, wanting and passing on, which are in the parent; the words, in `words.txt`.

use super::words::{Class, class};
use super::{Clause, is_not, words};

impl Clause<'_> {
    /// "tem alguém aí?", "cadê o atendente", "is anyone there", "algum atendente disponível".
    pub(super) fn is_anyone_there(&self, i: usize) -> bool {
        let there = self.class(i) == Some(Class::There);
        if !there && !words::listed("ANY", self.word(i)) {
            return self.word(i) == "alguem" && self.ends_there(i) && i <= 1
                || matches!(self.word(i), "anyone" | "anybody") && self.ends_there(i);
        }
        let Some(at) = self.somebody_after(i, there) else {
            return false;
        };
        if self.class(at) == Some(Class::Someone) {
            // "alô, tem alguém?"
            let nothing_else = at + 1 == self.words.len() && at <= i + 2 && i <= 1;
            return nothing_else || self.ends_there(at) || self.helps_after(at);
        }
        let where_is = matches!(self.word(i), "cade" | "cad" | "kd");
        let serves = match self.class(at) {
            Some(Class::Desk) => self.class(at + 1) == Some(Class::Human),
            Some(Class::Service) => where_is || self.class(at + 1) == Some(Class::Human),
            Some(_) | None => !words::listed("PARTICULAR", self.word(at + 1)),
        };
        serves || self.helps_after(at)
    }

    /// Only words of presence follow: "aí", "online", "disponível".
    pub(super) fn ends_there(&self, at: usize) -> bool {
        let rest = self.words.get(at + 1..).unwrap_or_default();
        let presence = rest.iter().filter(|w| words::listed("PRESENT", w.as_str()));
        let others = rest.iter().all(|w| {
            words::listed("PRESENT", w.as_str())
                || matches!(class(w), Class::Small | Class::Polite | Class::Real)
        });
        presence.count() > 0 && others
    }

    pub(super) fn helps_after(&self, at: usize) -> bool {
        (at + 1..self.words.len().min(at + 6))
            .any(|j| matches!(self.class(j), Some(Class::Help | Class::Speak)))
    }

    /// "alguém pode me ajudar", "can someone help me", "alguém me responde".
    pub(super) fn someone_helps(&self, i: usize) -> bool {
        let who = matches!(
            self.class(i),
            Some(Class::Someone | Class::Who | Class::Human)
        );
        let about = matches!(self.word(i), "gente" | "pessoal" | "people");
        if !who || about {
            return false;
        }
        let nobody = words::listed("NOBODY", self.word(i));
        let through = [
            Class::Can,
            Class::Small,
            Class::Polite,
            Class::Want,
            Class::Desk,
            Class::Real,
        ];
        let helps = |class: Class| {
            class == Class::Help || class == Class::Speak && !nobody && self.word(i) == "alguem"
        };
        let between = self.classes.get(i + 1..).unwrap_or_default().iter();
        let steps = between
            .take(6)
            .take_while(|class| through.contains(class))
            .count();
        let j = i + 1 + steps;
        let calls_me =
            self.word(j.wrapping_sub(1)) == "me" && matches!(self.word(j), "chama" | "chame");
        if !calls_me && !self.class(j).is_some_and(helps) {
            return false;
        }
        let asks = |class| matches!(class, Class::Can | Class::Want | Class::There);
        let asked = self.classes.iter().take(j).any(|class| asks(*class));
        let refused = (0..i).any(|k| is_not(self.word(k)));
        (self.word(i) == "alguem" || nobody || asked) && !refused
    }

    /// "quero ser atendido", "atendido por uma pessoa".
    pub(super) fn be_served(&self, i: usize) -> bool {
        if self.class(i) != Some(Class::Served) {
            return false;
        }
        let by = (i + 1..self.words.len().min(i + 5)).any(|j| {
            matches!(
                self.class(j),
                Some(Class::Who | Class::Human | Class::Someone)
            )
        });
        let wish = (i.saturating_sub(4)..i).any(|j| self.class(j) == Some(Class::Want));
        let past = (i.saturating_sub(3)..i).any(|j| {
            let word = self.word(j);
            words::listed("BEEN", word) || is_not(word) && self.class(j + 1) == Some(Class::Want)
        });
        let wish = wish || self.asks_when();
        let last = self.words.len() <= i + 3;
        (by || wish && last) && !past
    }

    /// "não quero falar com robô", "chega de robô".
    pub(super) fn away_with_robots(&self, i: usize) -> bool {
        if self.class(i) != Some(Class::Robot) {
            return false;
        }
        let before = &self.words[i.saturating_sub(8)..i];
        let wish = |w: &String| words::listed("WITH_ROBOTS", w.as_str());
        let not = before.iter().any(|w| is_not(w)) && before.iter().any(wish);
        // "para de robô" stops them; "peças para robô" does not.
        let enough = before.iter().enumerate().any(|(k, w)| {
            words::listed("ENOUGH", w.as_str()) && (k == 0 || !matches!(w.as_str(), "para" | "sem"))
        });
        let short = self.words.len() <= 6;
        not || enough && short
    }

    /// "quiero que me atienda una persona", "ajuda humana", "ajuda de um atendente".
    pub(super) fn helped_by(&self, i: usize) -> bool {
        let desk = matches!(self.word(i), "suporte" | "retorno");
        if desk && matches!(self.word(i + 1), "de" | "com") {
            return self
                .somebody_after(i, true)
                .is_some_and(|at| at <= i + 3 && self.words.len() <= at + 2);
        }
        if self.class(i) != Some(Class::Help) || self.negated(i) {
            return false;
        }
        let leave = self.class(i.wrapping_sub(1)) == Some(Class::Can);
        let before = if leave {
            i.wrapping_sub(2)
        } else {
            i.wrapping_sub(1)
        };
        let me = self.word(before) == "me";
        let help = matches!(self.word(i), "ajuda" | "ayuda" | "help");
        let from = matches!(self.word(i + 1), "de" | "da" | "do" | "from");
        let human = self.class(i + 1) == Some(Class::Human);
        (me || help && (from || human)) && self.somebody_after(i, me || from).is_some()
    }

    /// "com quem eu falo?", "quem pode me atender?"
    pub(super) fn who_serves(&self, i: usize) -> bool {
        if !matches!(self.word(i), "quem" | "quien" | "who") {
            return false;
        }
        let with = matches!(self.word(i.wrapping_sub(1)), "com" | "con" | "c" | "cm");
        let can = (i + 1..i + 4).any(|j| self.class(j) == Some(Class::Can));
        (i + 1..i + 6).any(|j| match self.class(j) {
            Some(Class::Other) => can && words::listed("SETTLE", self.word(j)),
            Some(Class::Speak | Class::SpeakI) => with,
            Some(Class::Help) => self.word(j - 1) == "me",
            Some(_) | None => false,
        })
    }

    /// "quero resolver com um atendente", "tirar uma dúvida com alguém"; no appointment, no tale.
    pub(super) fn does_with_who(&self, i: usize) -> bool {
        if !matches!(self.word(i), "com" | "c" | "cm" | "con" | "with") {
            return false;
        }
        // "é com uma pessoa que quero falar"
        let turned = |at: usize| {
            let behind = |class| (at + 2..at + 5).any(|j| self.class(j) == Some(class));
            self.word(at + 1) == "que" && behind(Class::Want) && behind(Class::Speak)
        };
        if self.somebody_after(i, true).is_some_and(turned) {
            return true;
        }
        let wish = (0..i).find(|j| {
            matches!(self.class(*j), Some(Class::Want | Class::Can)) && !self.negated(*j)
        });
        let any = |list: &str| self.words.iter().any(|w| words::listed(list, w.as_str()));
        if wish.is_none() || any("MEETING") || any("TALE") || any("TRY") || is_not(self.word(0)) {
            return false;
        }
        let settle = (0..i).any(|j| words::listed("SETTLE", self.word(j)));
        self.somebody_after(i, settle)
            .filter(|at| *at <= i + 3)
            .is_some_and(|at| {
                let kind = self.class(at);
                let last = self.words.len() <= at + 2;
                last && (kind != Some(Class::Service)) && (settle || kind != Some(Class::Desk))
            })
    }

    /// "podem me ligar?", "quero que me liguem": a call, with nothing said of when or by whom else.
    pub(super) fn call_me(&self, i: usize) -> bool {
        let asked = words::listed("CALL_ME", self.word(i))
            && (self.word(i.wrapping_sub(1)) == "me" || self.word(i + 1) == "me");
        let plain = self.classes.iter().enumerate().all(|(j, class)| {
            j == i
                || !matches!(
                    class,
                    Class::Other | Class::Robot | Class::Served | Class::There
                )
        });
        let wish =
            (0..i).any(|j| matches!(self.class(j), Some(Class::Want | Class::Can | Class::Call)));
        asked && plain && wish && !(0..i).any(|j| is_not(self.word(j)))
    }

    /// A short line that names an attendant or a human and tells nothing: whatever the verb, it asks.
    pub(super) fn names_server(&self, i: usize) -> bool {
        let attendant = self.class(i) == Some(Class::Who) && self.word(i).starts_with("at");
        let kept = |w: &String| {
            !is_not(w)
                && !words::listed("TALE", w)
                && !words::listed("ABOUT", w)
                && !told_as_past(w)
        };
        attendant
            && self.words.len() <= 8
            && self.real_somebody(i).is_some()
            && self.words.iter().all(kept)
            && !self.asks_what_we_are()
    }
}

/// Whether a word ends as verbs of a tale do: "explicou", "atenderam".
fn told_as_past(word: &str) -> bool {
    let ends = [
        "ou", "eu", "iu", "aram", "eram", "iram", "ava", "avam", "ando", "endo",
    ];
    let known = matches!(class(word), Class::Other) && !words::listed("NOT_PAST", word);
    known && word.len() >= 4 && ends.iter().any(|end| word.ends_with(end))
}
