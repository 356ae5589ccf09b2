//! Small conversations, labelled by hand: whether displeasure `crosses` the line or stays `calm`.

/// In view while the lists were written.
pub(crate) const DEVELOPED: &[(&str, &str)] = &[
    (
        "crosses",
        "C: oi, meu pedido 123 não chegou | B: Vou verificar. | C: já faz uma semana que estou esperando | B: Pedimos desculpas. | C: isso é um absurdo, vou no Procon",
    ),
    (
        "crosses",
        "C: cadê meu pedido? | B: Qual o número? | C: 4455 | B: Não encontrei. | C: já falei o número, 4455 | B: Pode informar o número? | C: QUANTAS VEZES VOU TER QUE REPETIR???",
    ),
    (
        "crosses",
        "C: a geladeira veio com defeito | B: Pode enviar foto? | C: já enviei a foto | B: Pode enviar foto? | C: já mandei, não leem o que escrevo? péssimo atendimento",
    ),
    (
        "crosses",
        "C: quero cancelar | B: Posso oferecer um desconto? | C: não quero desconto, quero cancelar | B: Que tal um mês grátis? | C: que saco, já falei que quero cancelar, vou processar vocês",
    ),
    (
        "crosses",
        "C: fui cobrado duas vezes | B: Vamos ver. | C: isso é um roubo, vou denunciar | B: Aguarde. | C: palhaçada",
    ),
    (
        "crosses",
        "C: alguém aí? | C: oi??? | C: ninguém responde | C: que descaso, péssimo",
    ),
    (
        "crosses",
        "C: o técnico não veio | B: Reagendamos. | C: de novo não veio, segunda vez | B: Reagendamos. | C: terceira vez que não vem! cansei, quero cancelar tudo",
    ),
    (
        "crosses",
        "C: produto errado | B: Qual o pedido? | C: 889 | B: Aguarde. | C: tô aguardando há horas e nada, ridículo, vou reclamar no reclame aqui",
    ),
    (
        "crosses",
        "C: meu boleto não abre | B: Tente de novo. | C: não abre | B: Limpe o cache. | C: não resolveu, continua sem abrir, que porcaria de sistema",
    ),
    (
        "crosses",
        "C: vocês são golpistas, quero meu dinheiro, vou na delegacia",
    ),
    (
        "crosses",
        "C: minha internet caiu | B: Reinicie o modem. | C: já reiniciei | B: Reinicie o modem. | C: JÁ REINICIEI, não adianta, horrível esse suporte",
    ),
    (
        "crosses",
        "C: where is my order? | B: Let me check. | C: I already told you the number. still waiting | B: Sorry. | C: this is terrible, I will sue you",
    ),
    (
        "crosses",
        "C: prometeram entregar ontem e nada | B: Hoje chega. | C: não chegou de novo, mentirosos | B: Amanhã. | C: chega, perdi a paciência, quero reembolso",
    ),
    (
        "crosses",
        "C: oi | B: Olá! | C: meu cartão foi cobrado errado e ninguém resolve, já reclamei três vezes, é inadmissível",
    ),
    (
        "crosses",
        "C: o bolo veio azedo | B: Que pena. | C: que pena? estragou minha festa, estou revoltada, vou expor vocês nas redes sociais",
    ),
    (
        "calm",
        "C: oi, qual o horário? | B: Das 8 às 18. | C: obrigado",
    ),
    (
        "calm",
        "C: meu pedido não chegou | B: Chega hoje. | C: ok, obrigada | B: De nada",
    ),
    (
        "calm",
        "C: quanto custa? | B: 50 reais | C: e no pix? | B: 45 | C: vou levar",
    ),
    (
        "calm",
        "C: veio faltando uma peça | B: Enviamos amanhã. | C: perfeito, obrigado",
    ),
    (
        "calm",
        "C: tem tamanho M? | B: Tem. | C: e na cor azul? | B: Também. | C: e preto?",
    ),
    (
        "calm",
        "C: não consigo acessar | B: Clique em esqueci a senha. | C: deu certo, valeu",
    ),
    (
        "calm",
        "C: bom dia | B: Bom dia! | C: quero agendar | B: Que dia? | C: sexta às 10",
    ),
    ("calm", "C: adorei o produto, chegou rápido | B: Que bom!"),
    (
        "calm",
        "C: demorou um pouco mas chegou, obrigado | B: Obrigado!",
    ),
    (
        "calm",
        "C: o produto veio errado | B: Vamos trocar. | C: ok aguardo",
    ),
    (
        "calm",
        "C: vocês fazem entrega no Butantã? | B: Sim. | C: quanto fica? | B: 10 reais. | C: blz",
    ),
    (
        "calm",
        "C: qual a garantia? | B: 1 ano. | C: e se der defeito? | B: Trocamos. | C: ótimo",
    ),
    (
        "calm",
        "C: quero cancelar minha assinatura | B: Cancelado. | C: obrigada",
    ),
    (
        "calm",
        "C: achei caro | B: Temos desconto. | C: quanto? | B: 10% | C: fechado",
    ),
    (
        "calm",
        "C: sou advogado e preciso de cadeiras para o escritório | B: Quantas? | C: seis",
    ),
];

/// Written after the lists, and judged once before they grew.
pub(crate) const JUDGED: &[(&str, &str)] = &[
    (
        "crosses",
        "C: comprei um fogão e veio amassado | B: Sentimos muito, envie fotos. | C: mandei as fotos semana passada | B: Envie as fotos, por favor. | C: vocês estão de brincadeira? já enviei tudo",
    ),
    (
        "crosses",
        "C: preciso da segunda via | B: Qual o CPF? | C: já passei o cpf lá em cima | B: Qual o CPF? | C: meu deus do céu, de novo? desisto",
    ),
    (
        "crosses",
        "C: vocês cobraram a mais | B: O valor está correto. | C: não está, tenho o comprovante, vou acionar a justiça",
    ),
    (
        "crosses",
        "C: a entrega era ontem | B: Pedimos desculpas. | C: e hoje também não veio, ninguém dá satisfação, isso é falta de respeito | B: Aguarde. | C: aguarde nada, quero meu dinheiro",
    ),
    (
        "crosses",
        "C: faz 10 dias que pedi | B: Está em rota. | C: vocês falaram isso semana passada, mentira, vou fazer reclamação no consumidor",
    ),
    (
        "crosses",
        "C: ALGUÉM ME ATENDE!!! | C: PELO AMOR DE DEUS RESPONDAM | C: que atendimento horroroso",
    ),
    (
        "crosses",
        "C: o robô não entende nada | B: Não entendi. | C: quero resolver minha cobrança | B: Não entendi. | C: inútil, quero resolver minha cobrança!!!",
    ),
    (
        "crosses",
        "C: meu plano foi cancelado sem eu pedir | B: Vou ver. | C: é a terceira vez que isso acontece, estou furiosa, anatel na certa",
    ),
    (
        "crosses",
        "C: o encanador destruiu minha parede | B: Vamos avaliar. | C: avaliar? quero o prejuízo pago, senão meu advogado entra em contato",
    ),
    (
        "crosses",
        "C: hotel sujo, cheiro de mofo | B: Lamentamos. | C: lamentam? passamos a noite sem água, péssimo, quero reembolso já",
    ),
    (
        "crosses",
        "C: do you have my order? | B: Number? | C: 991 | B: Number? | C: I told you already, 991. this is useless, worst support",
    ),
    (
        "crosses",
        "C: mi pedido no llegó | B: Lo revisamos. | C: siempre lo mismo, pésimo servicio, voy a denunciar",
    ),
    (
        "crosses",
        "C: o curso não libera | B: Saia e entre. | C: já fiz isso | B: Saia e entre. | C: já fiz isso dez vezes, não resolve nada, que raiva",
    ),
    (
        "crosses",
        "C: cancelem minha assinatura | B: Por quê? | C: porque é uma porcaria, já pedi ontem e vocês ignoraram, vou ao procon",
    ),
    (
        "crosses",
        "C: troquei o produto e veio com o mesmo defeito | B: Abra novo chamado. | C: outro chamado? é o quarto, palhaçada total, nunca mais compro",
    ),
    (
        "calm",
        "C: boa tarde, vocês fazem orçamento? | B: Sim! | C: ótimo, é para pintura | B: Quantos metros? | C: 80",
    ),
    (
        "calm",
        "C: meu produto atrasou | B: Chega amanhã, desculpe. | C: tudo bem, sem problema",
    ),
    (
        "calm",
        "C: o link não abre | B: Tente este. | C: abriu, obrigado",
    ),
    (
        "calm",
        "C: oi | B: Oi! | C: quero uma pizza grande | B: Sabor? | C: calabresa | B: Bebida? | C: coca",
    ),
    (
        "calm",
        "C: quanto é a consulta? | B: 200 | C: tem convênio? | B: Unimed | C: vou marcar então",
    ),
    (
        "calm",
        "C: veio cor trocada | B: Podemos trocar ou dar desconto. | C: prefiro o desconto | B: Feito. | C: obrigada, vocês são rápidos",
    ),
    (
        "calm",
        "C: tem estoque do azul? | B: Não. | C: e do verde? | B: Sim. | C: reserva um",
    ),
    (
        "calm",
        "C: errei o endereço, dá pra mudar? | B: Sim, qual o novo? | C: Rua A, 10 | B: Alterado. | C: ufa, valeu",
    ),
    (
        "calm",
        "C: tá demorando hoje né? | B: Um pouco, muita gente! | C: imagino kkk sem pressa",
    ),
    (
        "calm",
        "C: qual a senha do wifi? | B: 1234 | C: não conectou | B: Tente de novo. | C: foi!",
    ),
    (
        "calm",
        "C: o boleto venceu, como pago? | B: Segue novo boleto. | C: pago hoje, obrigado",
    ),
    (
        "calm",
        "C: preciso cancelar a reserva de sábado | B: Cancelada. | C: obrigada, remarco depois",
    ),
    (
        "calm",
        "C: o tamanho ficou grande | B: Pode trocar na loja. | C: passo aí sábado",
    ),
    (
        "calm",
        "C: do you ship abroad? | B: Yes. | C: how much to Portugal? | B: 30 dollars. | C: ok thanks",
    ),
    (
        "calm",
        "C: vocês têm ouvidoria? | B: Temos, 0800. | C: é para um elogio",
    ),
];

/// Written after the lists had grown by the judged part, and judged once before the next change.
pub(crate) const BLIND: &[(&str, &str)] = &[
    (
        "crosses",
        "C: o vestido veio manchado | B: Mande foto. | C: mandei ontem e anteontem | B: Mande foto. | C: sério isso? vocês não leem? quero falar com o dono, absurdo",
    ),
    (
        "crosses",
        "C: minha consulta foi desmarcada sem aviso | B: Desculpe. | C: é a segunda vez! perdi o dia de trabalho, que desrespeito",
    ),
    (
        "crosses",
        "C: não consigo entrar no app | B: Reinstale. | C: reinstalei e nada | B: Reinstale. | C: PQP já falei que reinstalei",
    ),
    (
        "crosses",
        "C: cobraram multa | B: Está no contrato. | C: não está não, li tudo | B: Está. | C: vou no juizado então, isso é má fé",
    ),
    (
        "crosses",
        "C: cadê meu dinheiro | B: Em análise. | C: tá em análise há 20 dias | B: Aguarde. | C: cansei de aguardar, ladrões",
    ),
    (
        "crosses",
        "C: meu colchão afundou | B: Fora da garantia. | C: comprei há 2 meses, como fora da garantia? vou postar em todo lugar e denunciar vocês",
    ),
    (
        "calm",
        "C: vi que atrasou, tem previsão? | B: Amanhã. | C: beleza",
    ),
    ("calm", "C: veio um a menos | B: Mando hoje. | C: show"),
    (
        "calm",
        "C: posso trocar a cor? | B: Pode. | C: quero azul então | B: Anotado.",
    ),
    (
        "calm",
        "C: tá funcionando o pix? | B: Sim. | C: deu erro aqui | B: Tente de novo. | C: foi agora, valeu",
    ),
    (
        "calm",
        "C: quanto tempo de garantia? | B: 90 dias | C: e o conserto demora? | B: 3 dias | C: ok",
    ),
    (
        "calm",
        "C: não gostei da cor, troca? | B: Troca sim. | C: ótimo, levo aí amanhã",
    ),
];
