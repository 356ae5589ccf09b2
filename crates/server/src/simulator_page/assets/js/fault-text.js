// Says each fault in plain Portuguese and puts it in a group. In: the name the simulator uses. Out: group and
// sentence; a fault not written here still shows, in the last group, with the simulator's English sentence.
// Deliberately absent: what a fault does; that is the simulator's. Next: faults.js.
import { lang } from "./prefs.js";

/** Groups in the order shown, each with its faults in order. @type {Record<string, Record<string, string>>} */
const GROUPS = {
  webhooks: {
    "duplicate-delivery": "O mesmo webhook chega de novo alguns segundos depois.",
    "concurrent-duplicate": "O mesmo webhook chega duas vezes no mesmo instante.",
    "rebatch-with-others": "Um item já entregue volta, junto com um novo.",
    reorder: "Um item é segurado dois segundos e os seguintes o ultrapassam.",
    "delay-delivery": "Um item chega de 30 segundos a 10 minutos atrasado.",
    batch: "Os itens esperam meio segundo e chegam num só pacote.",
    "redelivery-after-days": "O mesmo pacote volta 6 dias e 23 horas depois.",
    "bad-signature": "A primeira tentativa vem com uma assinatura que não confere.",
    "old-secret": "O pacote vem assinado com o segredo antigo do aplicativo.",
  },
  statuses: {
    "drop-status": "Um aviso de entrega ou leitura nunca é enviado.",
    "late-status": "Um aviso chega de 10 a 20 minutos atrasado.",
    "status-regression": "Depois de um aviso, chega outra vez um anterior.",
    "duplicate-status": "O mesmo aviso é enviado duas vezes.",
    "status-before-answer": "O primeiro aviso chega antes da resposta ao envio.",
  },
  network: {
    "api-timeout-after-accept": "A mensagem é aceita, mas a resposta nunca chega.",
    "api-5xx-accepted": "A mensagem é aceita, mas a resposta é um erro 500.",
    "api-5xx-refused": "Nada é aceito; a resposta é um erro 503.",
    "api-hang": "Nada é aceito e a resposta nunca chega.",
    "connection-refused": "Sem conexão: nenhum byte é lido.",
    "cut-before-accept": "O pedido é lido e a conexão cai; nada é aceito.",
    "cut-after-accept": "A mensagem é aceita e a conexão cai sem resposta.",
    "cut-mid-body": "A mensagem é aceita e a resposta se corta no meio.",
    "answer-without-id": "A mensagem é aceita, mas o 200 vem sem o identificador.",
    "slow-api": "A resposta demora de 2 a 8 segundos.",
    "duplicated-by-proxy": "Algo no caminho repete o envio: duas mensagens, uma resposta.",
  },
  refusals: {
    "throttle-130429": "Recusa: mensagens demais por segundo neste número.",
    "pair-131056": "Recusa: mensagens demais para a mesma pessoa.",
    "app-rate-4": "Recusa: chamadas demais do aplicativo.",
    "app-rate-80007": "Recusa: chamadas demais da conta.",
    "token-expired-190": "Recusa: a chave de acesso venceu.",
    "window-closed-131047": "Recusa: a janela de 24 horas está fechada, embora parecesse aberta.",
    "maintenance-131057": "Recusa: o número está em manutenção.",
    "template-paused-132015": "Recusa: o modelo está pausado.",
    "held-for-quality": "Aceita, mas segura por um minuto para avaliar a qualidade.",
    "async-failed": "Aceita e, mais tarde, avisa que falhou.",
  },
  phone: {
    "lost-echo": "Uma mensagem escrita no celular da loja nunca chega à Ponte.",
    "late-echo": "O eco do celular da loja chega de 1 a 5 minutos atrasado.",
    "echo-of-api-message": "Uma mensagem da API volta como se fosse do celular da loja.",
    "history-withheld": "O histórico de mensagens vem vazio.",
    "history-lags": "O histórico ainda não mostra os últimos dez minutos.",
  },
  strange: {
    "unknown-field": "Aparecem um campo de webhook e propriedades desconhecidos.",
    "unknown-kind": "Chega uma mensagem de um tipo que ninguém conhece.",
    "malformed-item-in-batch": "Um item quebrado vem ao lado de um bom.",
    "foreign-number": "Vem junto um item de um número que não é nosso.",
  },
};

/** Groups in the order shown. */
export const ORDER = [...Object.keys(GROUPS), "other"];

/** @param {string} name */
export function groupOf(name) {
  return Object.keys(GROUPS).find((group) => GROUPS[group]?.[name]) ?? "other";
}

/** Where in its group a fault stands. @param {string} name */
export function placeOf(name) {
  const place = Object.keys(GROUPS[groupOf(name)] ?? {}).indexOf(name);
  return place < 0 ? Number.MAX_SAFE_INTEGER : place;
}

/**
 * @param {string} name
 * @param {string} english the simulator's own sentence
 */
export function sentenceOf(name, english) {
  return lang() === "en" ? english || name : GROUPS[groupOf(name)]?.[name] ?? (english || name);
}
