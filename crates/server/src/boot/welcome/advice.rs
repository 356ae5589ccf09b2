//! What the first page says: one list of next steps per situation, one sentence per reason.
//!
//! In: what this start is for, whether there are numbers, a reason of `health.rs`. Out: wording in both
//! languages; a part between backticks is code. Absent: markup (`page.rs`). Next: `page.rs`.

use super::Scene;
use crate::both;
use crate::words::Both;

/// A heading and the steps below it.
pub(super) struct Next {
    pub title: Both,
    pub steps: Vec<Both>,
}

/// What to do next.
pub(super) fn next(scene: Scene, numbers: bool) -> Next {
    match (scene, numbers) {
        (Scene::Demo, _) => demo(),
        (Scene::DemoElsewhere, _) => elsewhere(),
        (Scene::Production, false) => no_numbers(),
        (Scene::Production, true) => at_work(),
    }
}

fn demo() -> Next {
    Next {
        title: both!(
            "Experimente com os dois telefones",
            "Try it with the two phones"
        ),
        steps: vec![
            both!(
                "No telefone do cliente, escreva “Que horas vocês abrem?”. A assistente responde.",
                "On the customer's phone, write “Que horas vocês abrem?”. The assistant answers."
            ),
            both!(
                "Responda pelo telefone da dona. A assistente se cala na hora: nunca duas vozes.",
                "Answer from the owner's phone. The assistant falls silent at once: never two voices."
            ),
            both!(
                "Escreva `#bot` nesse telefone, ou avance o relógio: ela volta.",
                "Write `#bot` on that phone, or move the clock: she comes back."
            ),
            both!(
                "Peça “falar com atendente” e avance uma hora: quem espera é avisado. Nunca em silêncio.",
                "Ask for “falar com atendente” and move an hour: who waits is told so. Never silent."
            ),
        ],
    }
}

fn elsewhere() -> Next {
    Next {
        title: both!(
            "Demonstração com o simulador em outro lugar",
            "Demo with the simulator somewhere else"
        ),
        steps: vec![
            both!(
                "As chamadas vão para o endereço de `PONTE_GRAPH_URL`; `ponte simulate` mostra os dois telefones em `/simulator/`.",
                "Calls go to the address in `PONTE_GRAPH_URL`; `ponte simulate` shows the two phones at `/simulator/`."
            ),
            both!(
                "As entregas chegam aqui em `/webhooks/whatsapp`, assinadas com o segredo da demonstração.",
                "Deliveries arrive here at `/webhooks/whatsapp`, signed with the demo's secret."
            ),
        ],
    }
}

fn no_numbers() -> Next {
    Next {
        title: both!("Ligue o primeiro número", "Connect the first number"),
        steps: vec![
            both!(
                "Descreva número, assistente e equipe em arquivos e aplique: `ponte apply PASTA`. `ponte schema` dá o formato; `ponte serve --demo` tem um exemplo, que `ponte export PASTA` escreve.",
                "Describe number, assistant and team in files and apply them: `ponte apply DIR`. `ponte schema` gives the format; `ponte serve --demo` has an example, which `ponte export DIR` writes."
            ),
            both!(
                "No painel da Meta, aponte o webhook para `https://seu-endereço/webhooks/whatsapp`, com o token de `PONTE_VERIFY_TOKEN`.",
                "In Meta's panel, point the webhook to `https://your.host/webhooks/whatsapp`, with the token of `PONTE_VERIFY_TOKEN`."
            ),
            both!(
                "Confira tudo com `ponte doctor`: ele diz o que falta.",
                "Check everything with `ponte doctor`: it says what is missing."
            ),
        ],
    }
}

fn at_work() -> Next {
    Next {
        title: both!("Os próximos passos", "The next steps"),
        steps: vec![
            both!(
                "`ponte doctor` confere número, token e webhook, e diz o que fazer.",
                "`ponte doctor` checks number, token and webhook, and says what to do."
            ),
            both!(
                "`ponte key create NOME` faz uma chave para a API; a descrição da API está abaixo.",
                "`ponte key create NAME` makes a key for the API; the API's description is below."
            ),
            both!(
                "`ponte backup ARQUIVO` guarda uma cópia enquanto tudo funciona.",
                "`ponte backup FILE` keeps a copy while everything works."
            ),
        ],
    }
}

/// A reason of `/readyz` in words, with what to do.
pub(super) fn reason(word: &str) -> Both {
    match word {
        "stopping" => both!("Está parando.", "It is stopping."),
        "store_not_writable" => both!(
            "O banco não aceita escrita: confira espaço, permissões e conexão.",
            "The database can't be written: check space, permissions and connection."
        ),
        "store_not_readable" => both!(
            "O banco não responde: confira a conexão.",
            "The database does not answer: check the connection."
        ),
        "outbox_frozen" => both!(
            "O banco veio de uma cópia e nada é enviado até `ponte outbox release`; `ponte doctor` diz mais.",
            "The database comes from a copy, and nothing is sent until `ponte outbox release`; `ponte doctor` says more."
        ),
        "journal_stuck" => both!(
            "Mensagens esperam há mais de dois minutos: veja o log e `ponte doctor`.",
            "Messages have waited for more than two minutes: see the log and `ponte doctor`."
        ),
        "numbers_without_node" => both!(
            "Um número ainda não tem quem cuide dele; depois de uma partida isso dura segundos.",
            "A number has no node yet; after a start this lasts seconds."
        ),
        other => Both::same(other),
    }
}
