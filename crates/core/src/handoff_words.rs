//! Does this say "I want a person"? The many spellings, without firing on talk *about* people.
//!
//! In: one message, as typed. Out: yes or no. The text is folded and cut into clauses; in each
//! clause words are put into classes (who, speak, want, call, small words), forgiving typing slips in
//! the words that count, and a handful of patterns over the classes decide. Portuguese first,
//! Spanish and English too. The words themselves are in `handoff_words/words.txt`. Absent: what
//! happens then ([`crate::talk`]), and learning — corrections by people come with the local models.

mod serving;
mod words;

use crate::fold::{fold, has_words};
use words::{Class, class};

/// Words of a clause beyond which nobody is asking for a person in passing.
const CLAUSE_WORDS_MAX: usize = 40;

/// Whether the customer asks for a person. `extra`: further wordings from the settings.
#[must_use]
pub fn asks(text: &str, extra: &[String]) -> bool {
    let whole = fold(text);
    if extra.iter().any(|phrase| has_words(&whole, &fold(phrase))) {
        return true;
    }
    clauses(text).iter().any(|clause| clause_asks(clause))
}

/// The clauses of a text, folded: cut at punctuation and at "but".
fn clauses(text: &str) -> Vec<Vec<String>> {
    let mut clauses = Vec::new();
    for piece in text.split(['.', ',', ';', '!', '?', '\n', ':', '…', '(', ')', '—', '–']) {
        let folded = fold(piece)
            .replace("pelo amor de deus", "por favor")
            .replace("pos venda", "posvenda");
        let mut clause = Vec::new();
        for word in folded.split(' ').filter(|w| !w.is_empty()) {
            if matches!(word, "mas" | "pero" | "but" | "porem" | "sino") {
                clauses.push(std::mem::take(&mut clause));
            } else if clause.len() < CLAUSE_WORDS_MAX {
                clause.push(word.to_owned());
            }
        }
        clauses.push(clause);
    }
    clauses.retain(|clause| !clause.is_empty());
    clauses
}

fn clause_asks(words: &[String]) -> bool {
    let classes: Vec<Class> = words.iter().map(|word| class(word)).collect();
    let clause = Clause {
        words,
        classes: &classes,
    };
    clause.is_bare_name()
        || (0..words.len()).any(|i| {
            clause.speaks_with(i)
                || clause.wants_who(i)
                || clause.calls_who(i)
                || clause.is_anyone_there(i)
                || clause.someone_helps(i)
                || clause.be_served(i)
                || clause.helped_by(i)
                || clause.who_serves(i)
                || clause.away_with_robots(i)
                || clause.does_with_who(i)
                || clause.call_me(i)
                || clause.names_server(i)
        })
}

struct Clause<'a> {
    words: &'a [String],
    classes: &'a [Class],
}

impl Clause<'_> {
    fn class(&self, i: usize) -> Option<Class> {
        self.classes.get(i).copied()
    }

    fn word(&self, i: usize) -> &str {
        self.words.get(i).map_or("", String::as_str)
    }

    /// Nothing but a name for people and politeness: "atendente, por favor".
    fn is_bare_name(&self) -> bool {
        let has = |class: Class| self.classes.contains(&class);
        let only = self.classes.iter().all(|class| {
            matches!(
                class,
                Class::Who
                    | Class::Human
                    | Class::Service
                    | Class::Someone
                    | Class::Desk
                    | Class::Contact
                    | Class::Real
                    | Class::Small
                    | Class::Polite
            )
        });
        // "pessoa" or "suporte" alone says nothing; "pessoa real" and "suporte humano" do.
        let told = has(Class::Who) || has(Class::Human) || has(Class::Service);
        let real = has(Class::Someone) && has(Class::Real);
        // "atendimento rápido" praises; "atendente rápido" asks.
        let praise =
            !has(Class::Who) && !has(Class::Human) && self.words.iter().any(|w| w == "rapido");
        let short = self.words.len() <= 8 && !praise;
        only && (told || real) && short && !self.owned() && !self.asks_what_we_are()
    }

    /// "você é humano?", "are you a human?"
    fn asks_what_we_are(&self) -> bool {
        let words = self.words.iter();
        let mut you = words.filter(|w| words::listed("YOU", w.as_str()));
        you.next().is_some()
    }

    /// "o meu atendente", "my agent": somebody in particular, not a request.
    fn owned(&self) -> bool {
        self.words
            .iter()
            .any(|w| matches!(w.as_str(), "meu" | "minha" | "mi" | "my"))
    }

    /// After `i`, over small words only, the index of somebody to talk to.
    fn somebody_after(&self, i: usize, weak: bool) -> Option<usize> {
        for at in i + 1..=i + 6 {
            let class = self.class(at)?;
            let firm = matches!(class, Class::Who | Class::Human | Class::Service);
            // "suporte humano"
            let human_desk = class == Class::Desk && self.class(at + 1) == Some(Class::Human);
            if firm || human_desk || weak && matches!(class, Class::Someone | Class::Desk) {
                return self.real_somebody(at);
            }
            if class == Class::Someone && self.said_real(at) {
                return Some(at);
            }
            // "quem resolve", "quem manda"
            if self.word(at) == "quem" && words::listed("DECIDES", self.word(at + 1)) {
                return Some(at);
            }
            let through = [
                Class::Small,
                Class::Polite,
                Class::Real,
                Class::Want,
                Class::Can,
            ];
            // "passa meu caso pra um humano"
            let human_contact =
                self.word(at) == "contato" && self.class(at + 1) == Some(Class::Human);
            let thing = human_contact || words::listed("THING", self.word(at));
            if !thing && !through.contains(&class) {
                return None;
            }
        }
        None
    }

    /// "pessoa de verdade", "real person".
    fn said_real(&self, at: usize) -> bool {
        let near = [at.wrapping_sub(1), at + 1, at + 2];
        near.iter()
            .any(|j| matches!(self.class(*j), Some(Class::Real | Class::Human)))
    }

    /// Not "atendente virtual", "meu gerente", "human resources", "atendimento médico".
    fn real_somebody(&self, at: usize) -> Option<usize> {
        let unreal = words::listed("UNREAL", self.word(at + 1));
        let mine = words::listed("MINE", self.word(at.wrapping_sub(1)));
        // "o financeiro da minha empresa"
        let theirs = matches!(self.word(at + 1), "de" | "da" | "do")
            && words::listed("MINE", self.word(at + 2));
        (!unreal && !mine && !theirs).then_some(at)
    }

    /// A "not" right before, as "não quero" or "don't want".
    fn negated(&self, i: usize) -> bool {
        let before = self.word(i.wrapping_sub(1));
        // "no aguardo" is Portuguese for waiting, not Spanish for not waiting.
        if before == "no" && self.word(i) == "aguardo" {
            return false;
        }
        is_not(before) || before == "t" && is_not(self.word(i.wrapping_sub(2)))
    }

    /// "falar com um atendente", "talk to someone", as a wish and not as a tale.
    fn speaks_with(&self, i: usize) -> bool {
        match self.class(i) {
            Some(Class::Speak) => {}
            Some(Class::SpeakI) if self.asked_how(i) => {}
            Some(Class::Contact) if words::listed("WITH", self.word(i + 1)) => {}
            _ => return false,
        }
        // "o contato da loja" is a number; "contato com a loja" is a talk.
        // "o chat da loja" is a place.
        let of = matches!(self.word(i + 1), "de" | "do" | "da");
        let weak = self.class(i) != Some(Class::Contact) && !(self.word(i) == "chat" && of)
            || self.class(i) == Some(Class::Contact) && !of;
        // "o telefone do atendimento" is a number too.
        let number = matches!(self.word(i), "telefone" | "numero") && !weak;
        let to = self.somebody_after(i, weak);
        to.is_some_and(|at| !number || self.class(at) != Some(Class::Service))
            && !self.told_not_wished(i)
    }

    /// "como falo com…", "posso falar".
    fn asked_how(&self, i: usize) -> bool {
        let from = i.saturating_sub(3);
        (from..i).any(|j| words::listed("HOW", self.word(j)))
    }

    /// "quando vou…", "que horas vou…".
    fn asks_when(&self) -> bool {
        let mut words = self.words.iter();
        words.any(|w| matches!(w.as_str(), "quando" | "horas" | "when" | "cuando"))
    }

    /// The speaking is past, somebody else's, refused, or for another day.
    fn told_not_wished(&self, i: usize) -> bool {
        let from = i.saturating_sub(5);
        let mut wished = false;
        for j in (from..i).rev() {
            let word = self.word(j);
            if self.class(j) == Some(Class::Want) {
                let through = self.class(j.wrapping_sub(1)) == Some(Class::Small);
                let not = self.negated(j) || through && is_not(self.word(j.wrapping_sub(2)));
                // "não consigo falar com ninguém" is a complaint, "não quero" is a refusal.
                return not && !matches!(word, "consigo" | "posso" | "puedo" | "can");
            }
            if words::listed("TRY", word) {
                wished = true;
            }
            let tale = words::listed("TALE", word);
            let when = self.asks_when() && matches!(word, "vou" | "vai" | "vamos");
            if tale && !wished && !when {
                return true;
            }
            if is_not(word) && !wished {
                return !self
                    .words
                    .get(j + 1)
                    .is_some_and(|w| words::listed("CANNOT", w.as_str()));
            }
        }
        false
    }

    /// "quero um atendente", "I need a human".
    fn wants_who(&self, i: usize) -> bool {
        if self.class(i) != Some(Class::Want) || self.negated(i) {
            return false;
        }
        let Some(at) = self.somebody_after(i, false).filter(|at| *at <= i + 4) else {
            return self.wants_someone(i);
        };
        // "quero ser consultora" is about a job.
        if self.word(at.wrapping_sub(1)) == "ser" && self.class(at) == Some(Class::Who) {
            return false;
        }
        // "quero atendimento" asks; "quero atendimento no sábado" is an appointment.
        self.class(at) != Some(Class::Service)
            || (at + 1..self.words.len()).all(|j| {
                let through = [
                    Class::Small,
                    Class::Polite,
                    Class::Real,
                    Class::Human,
                    Class::Someone,
                    Class::Who,
                ];
                self.class(j).is_some_and(|class| through.contains(&class))
                    && !words::listed("APPOINTMENT", self.word(j))
            })
    }

    /// "quero alguém", "quero uma pessoa", with nothing behind that makes it something else.
    fn wants_someone(&self, i: usize) -> bool {
        let rest = i + 1..self.words.len();
        let plain = rest.clone().all(|j| {
            matches!(
                self.class(j),
                Some(Class::Small | Class::Someone | Class::Polite)
            ) && !matches!(self.word(j), "para" | "pra" | "for")
        });
        let someone = rest.clone().any(|j| self.class(j) == Some(Class::Someone));
        let waits = self.word(i).starts_with("esper") || self.word(i).starts_with("aguard");
        rest.len() <= 3 && plain && someone && !waits
    }

    /// "chama alguém", "me passa pra um humano", "connect me to an agent".
    fn calls_who(&self, i: usize) -> bool {
        if self.class(i) != Some(Class::Call) || self.word(i.wrapping_sub(1)) == "se" {
            return false;
        }
        let refused = self.call_refused(i);
        // "me transfere" needs no object: there is only one place to go. "Transferência" pays.
        let bare = self.word(i).starts_with("transf")
            && self.word(i) != "transferencia"
            && self.words.len() <= 5
            && (0..self.words.len()).all(|j| {
                j == i
                    || matches!(
                        self.class(j),
                        Some(Class::Small | Class::Polite | Class::Can)
                    )
            });
        let somebody = self
            .somebody_after(i, true)
            .filter(|at| !self.sent_to_work(*at));
        !refused && (bare || somebody.is_some())
    }
}

impl Clause<'_> {
    /// "manda alguém para instalar": somebody to do a job, not to talk.
    fn sent_to_work(&self, at: usize) -> bool {
        let to = matches!(self.word(at + 1), "para" | "pra" | "p" | "to" | "que");
        let job = (at + 2..at + 4).any(|j| self.class(j) == Some(Class::Other));
        let talk = (at + 2..at + 5).any(|j| {
            matches!(self.class(j), Some(Class::Help | Class::Speak))
                || words::listed("SETTLE", self.word(j))
                || words::listed("DECIDES", self.word(j))
        });
        self.class(at) == Some(Class::Someone) && to && job && !talk
    }

    /// "não precisa chamar", "sem chamar", "vou chamar"; but not "não entende nada, chama".
    fn call_refused(&self, i: usize) -> bool {
        let before = (i.saturating_sub(3)..i).rev();
        let mut reaching = before.take_while(|j| {
            let through = [Class::Small, Class::Can, Class::Want, Class::Polite];
            let word = self.word(*j);
            is_not(word)
                || words::listed("REFUSE", word)
                || self.class(*j).is_some_and(|class| through.contains(&class))
        });
        reaching.any(|j| is_not(self.word(j)) || matches!(self.word(j), "sem" | "vou"))
    }
}

fn is_not(word: &str) -> bool {
    words::listed("NOT", word)
}
