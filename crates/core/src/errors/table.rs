//! The rows of the error table, as data beside the rule that reads them.
//!
//! Each row: codes, retry, whose fault, scope, what to do, and the sentence in Portuguese and English.
//! A code stands once. Absent: ranges (permissions, template management), which `find` maps to the
//! two rules below the table.

use super::{ErrorRule, Retry, Scope, Todo};

macro_rules! rules {
    ($([$($code:literal),+] $retry:expr, $whose:ident, $scope:ident, $todo:ident, $pt:literal, $en:literal;)*) => {
        &[$($(ErrorRule {
            code: $code,
            retry: $retry,
            ours: ours::$whose,
            scope: Scope::$scope,
            todo: Todo::$todo,
            person_pt: $pt,
            person_en: $en,
        }),+),*]
    };
}

/// Words for the third column.
mod ours {
    #[expect(non_upper_case_globals, reason = "reads as a word in the table")]
    pub(super) const ours: bool = true;
    #[expect(non_upper_case_globals, reason = "reads as a word in the table")]
    pub(super) const theirs: bool = false;
}

/// A code that nobody has documented: shown, not repeated, because repeating a refusal we don't
/// understand can be punished.
pub(super) const UNDOCUMENTED: ErrorRule = ErrorRule {
    code: -1,
    retry: Retry::No,
    ours: false,
    scope: Scope::Message,
    todo: Todo::MetaSupport,
    person_pt: "O WhatsApp recusou a mensagem por um motivo que ainda não conhecemos.",
    person_en: "WhatsApp refused the message for a reason we don't know yet.",
};

/// 200–299, and the codes that mean the same.
pub(super) const PERMISSION: ErrorRule = ErrorRule {
    code: 200,
    retry: Retry::WhenFixed,
    ours: true,
    scope: Scope::Token,
    todo: Todo::Permissions,
    person_pt: "O aplicativo não tem permissão da Meta para isto.",
    person_en: "The app has no permission from Meta for this.",
};

/// 2388xxx: creation, edit and migration of templates.
pub(super) const TEMPLATE_MANAGEMENT: ErrorRule = ErrorRule {
    code: 2_388_000,
    retry: Retry::No,
    ours: false,
    scope: Scope::Template,
    todo: Todo::Template,
    person_pt: "A Meta não aceitou a criação ou mudança do modelo.",
    person_en: "Meta did not accept the creation or change of the template.",
};

pub(super) const RULES: &[ErrorRule] = rules! {
    [0, 190] Retry::WhenFixed, ours, Token, Reconnect,
        "A conexão do número com a Meta expirou ou foi cancelada.",
        "The connection of the number with Meta expired or was revoked.";
    [3, 10, 131_005] Retry::WhenFixed, ours, Token, Permissions,
        "O aplicativo não tem permissão da Meta para isto.",
        "The app has no permission from Meta for this.";
    [1, 131_000] Retry::Backoff, theirs, Message, Wait,
        "O WhatsApp falhou sem dizer o motivo.",
        "WhatsApp failed without saying why.";
    [2, 131_016, 133_004] Retry::Backoff, theirs, Account, Wait,
        "O WhatsApp está fora do ar por um momento.",
        "WhatsApp is out of service for a moment.";
    [4, 80007] Retry::Backoff, theirs, Account, Wait,
        "A conta fez chamadas demais à Meta e precisa ir mais devagar.",
        "The account called Meta too often and must slow down.";
    [33] Retry::WhenFixed, ours, Number, Reconnect,
        "O número ou item foi apagado na Meta ou não é deste aplicativo.",
        "The number or item was deleted at Meta or isn't this app's.";
    [100, 135_000, 131_008, 131_009] Retry::No, ours, Message, Report,
        "A Meta não aceitou um dos dados da mensagem.",
        "Meta did not accept one of the values of the message.";
    [368] Retry::WhenFixed, theirs, Account, MetaSupport,
        "A Meta bloqueou a conta por violação de política.",
        "Meta blocked the account for breaking a policy.";
    [131_031] Retry::WhenFixed, theirs, Account, MetaSupport,
        "A Meta travou a conta comercial, ou o PIN está errado.",
        "Meta locked the business account, or the PIN is wrong.";
    [130_403] Retry::No, theirs, Pair, Nothing,
        "Este contato está bloqueado pela empresa.",
        "This contact is blocked by the business.";
    [130_429] Retry::Backoff, theirs, Number, Wait,
        "O número enviou mensagens rápido demais.",
        "The number sent messages too fast.";
    [130_472] Retry::No, theirs, Pair, Nothing,
        "A Meta não entrega esta mensagem porque o cliente está em um experimento.",
        "Meta doesn't deliver this message because the customer is in an experiment.";
    [130_497] Retry::No, theirs, Pair, Nothing,
        "A conta não pode enviar mensagens ao país deste cliente.",
        "The account may not send messages to this customer's country.";
    [131_021] Retry::No, ours, Message, Recipient,
        "O destinatário é o próprio número da empresa.",
        "The recipient is the business's own number.";
    [131_026] Retry::No, theirs, Pair, Recipient,
        "Não foi possível entregar: sem WhatsApp, versão antiga ou termos não aceitos.",
        "It can't be delivered: no WhatsApp, an old version, or terms not accepted.";
    [131_037] Retry::WhenFixed, theirs, Number, Register,
        "A Meta ainda não aprovou o nome de exibição do número.",
        "Meta has not approved the number's display name yet.";
    [131_042] Retry::WhenFixed, theirs, Account, Payment,
        "Há um problema com o pagamento da conta na Meta.",
        "There is a problem with the account's payment at Meta.";
    [131_045, 133_010] Retry::WhenFixed, ours, Number, Register,
        "O número não está registrado na plataforma.",
        "The number is not registered on the platform.";
    [131_047] Retry::No, theirs, Pair, UseTemplate,
        "Passaram mais de 24 horas desde a última mensagem do cliente.",
        "More than 24 hours have passed since the customer's last message.";
    [131_048] Retry::WhenFixed, theirs, Number, Quality,
        "O número está limitado porque clientes marcaram mensagens como indesejadas.",
        "The number is limited because customers marked messages as unwanted.";
    [131_049] Retry::NextDay, theirs, Pair, Nothing,
        "A Meta limita quantas mensagens de marketing este cliente recebe por dia.",
        "Meta limits how many marketing messages this customer gets per day.";
    [131_050] Retry::No, theirs, Pair, Nothing,
        "O cliente não quer mais receber mensagens de marketing.",
        "The customer no longer wants marketing messages.";
    [131_051] Retry::No, theirs, Message, LookInApp,
        "O WhatsApp não passa este tipo de mensagem.",
        "WhatsApp doesn't pass on this type of message.";
    [131_052] Retry::No, theirs, Message, LookInApp,
        "O WhatsApp não conseguiu baixar o arquivo.",
        "WhatsApp could not download the file.";
    [131_053] Retry::No, theirs, Message, Media,
        "O WhatsApp não aceitou o arquivo enviado.",
        "WhatsApp did not accept the file that was sent.";
    [131_055, 134_100] Retry::No, ours, Message, Report,
        "Esta mensagem não pode ser enviada pela via de marketing.",
        "This message can't be sent by the marketing route.";
    [131_056] Retry::Pair4k, theirs, Pair, Wait,
        "Foram mensagens demais a este cliente em pouco tempo.",
        "Too many messages to this customer in a short time.";
    [131_057, 2_494_100] Retry::After(60), theirs, Number, Wait,
        "A Meta está fazendo manutenção neste número.",
        "Meta is doing maintenance on this number.";
    [131_060] Retry::No, theirs, Message, LookInApp,
        "A mensagem só está disponível no aplicativo do celular.",
        "The message is only available in the phone app.";
    [131_061, 131_063, 131_065, 134_102] Retry::No, theirs, Message, MetaSupport,
        "A Meta recusou esta mensagem de marketing.",
        "Meta refused this marketing message.";
    [131_062] Retry::No, theirs, Pair, Recipient,
        "Este tipo de mensagem precisa do número de telefone do cliente.",
        "This kind of message needs the customer's phone number.";
    [131_064] Retry::WhenFixed, theirs, Account, Template,
        "A Meta suspendeu envios por modelos na categoria errada.",
        "Meta suspended sends because of templates in the wrong category.";
    [131_070] Retry::No, theirs, Pair, Routing,
        "Outro serviço responde esta conversa na Meta.",
        "Another service answers this conversation at Meta.";
    [132_000, 132_001, 132_005, 132_007, 132_012] Retry::No, ours, Template, Template,
        "O modelo não existe, ou os dados não combinam com ele.",
        "The template doesn't exist, or the values don't fit it.";
    [132_015] Retry::WhenFixed, theirs, Template, Template,
        "A Meta pausou este modelo por baixa qualidade.",
        "Meta paused this template because of low quality.";
    [132_016] Retry::No, theirs, Template, Template,
        "A Meta desativou este modelo.",
        "Meta disabled this template.";
    [132_068] Retry::WhenFixed, theirs, Template, Form,
        "A Meta bloqueou este formulário.",
        "Meta blocked this form.";
    [132_069] Retry::After(3600), theirs, Template, Form,
        "A Meta limitou este formulário a poucas mensagens por hora.",
        "Meta limited this form to a few messages per hour.";
    [133_000, 133_005, 133_006, 133_008, 133_009] Retry::WhenFixed, ours, Number, Register,
        "O registro do número na Meta não terminou.",
        "The registration of the number at Meta is not finished.";
    [133_015] Retry::After(5 * 60), theirs, Number, Register,
        "O número foi apagado há pouco; espere cinco minutos.",
        "The number was deleted just now; wait five minutes.";
    [133_016] Retry::After(72 * 3600), theirs, Number, Register,
        "O número foi registrado vezes demais; espere 72 horas.",
        "The number was registered too often; wait 72 hours.";
    [134_101] Retry::After(600), theirs, Template, Wait,
        "O modelo ainda está sendo preparado na Meta.",
        "The template is still being prepared at Meta.";
    [138_006] Retry::No, theirs, Pair, Nothing,
        "O cliente não deu permissão para ligações.",
        "The customer gave no permission for calls.";
    [138_038, 2_494_191] Retry::No, theirs, Number, Routing,
        "Outro serviço cuida disto neste número.",
        "Another service takes care of this on this number.";
    [147_001, 147_002, 147_003, 147_004, 147_005] Retry::No, theirs, Number, Nothing,
        "A Meta não aceitou este nome de usuário.",
        "Meta did not accept this username.";
    [2_593_107] Retry::No, theirs, Number, Reconnect,
        "A importação já foi pedida uma vez para esta conexão.",
        "The import was already asked for once in this connection.";
    [2_593_108] Retry::No, theirs, Number, Reconnect,
        "O prazo de 24 horas para importar as conversas passou.",
        "The 24 hours for importing the conversations have passed.";
    [2_593_109] Retry::No, theirs, Number, Nothing,
        "O dono do número não quis compartilhar as conversas antigas.",
        "The owner of the number did not share the old conversations.";
};
