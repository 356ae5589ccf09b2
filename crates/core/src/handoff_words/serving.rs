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
            return self.ends_there(at) || self.helps_after(at);
        }
        let where_is = matches!(self.word(i), "cade" | "cad" | "kd");
        let serves = match self.class(at) {
            Some(Class::Desk) => false,
            Some(Class::Service) => where_is,
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
        if !self.class(j).is_some_and(helps) {
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
        let enough = before.iter().any(|w| words::listed("ENOUGH", w.as_str()));
        let short = self.words.len() <= 6;
        not || enough && short
    }

    /// "quiero que me atienda una persona", "ajuda humana", "ajuda de um atendente".
    pub(super) fn helped_by(&self, i: usize) -> bool {
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
        (i + 1..i + 5).any(|j| match self.class(j) {
            Some(Class::Speak | Class::SpeakI) => with,
            Some(Class::Help) => self.word(j - 1) == "me",
            Some(_) | None => false,
        })
    }
}
