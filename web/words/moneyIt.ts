/** What is said of a customer's credit, and of money that left an order again, in Italian. */
export const moneyIt = {
  credit: {
    title: 'Il tuo credito',
    have: (amount: string): string => `Hai un credito di ${amount}.`,
    means: 'Puoi usarlo per pagare un ordine, quando lo scegli tu: non viene mai usato da solo.',
    owe: (amount: string): string =>
      `Ci devi ${amount}: un pagamento è stato annullato quando il credito che ne era venuto era già stato usato.`,
    legend: 'Credito',
    choose: (used: string, rest: string | null): string =>
      rest === null
        ? `Usa ${used} del mio credito: non resta nulla da pagare`
        : `Usa ${used} del mio credito: restano da pagare ${rest}`,
    chooseHint: 'Se non lo scegli, il credito resta a tua disposizione.',
    coversHint:
      'Se non lo scegli, il credito resta a tua disposizione. Se lo usi, nulla viene addebitato e non serve scegliere come pagare.',
    toPay: 'Da pagare usando il credito:',
    moved:
      'Nel frattempo il tuo credito, o quanto è da pagare, è cambiato: controlla e, se va bene, conferma di nuovo.',
    offer: (amount: string): string => `Usa il credito (${amount})`,
    pageTitle: 'Usa il credito',
    question: (name: string, due: string): string => `${name}: da pagare ${due}.`,
    useIt: (used: string): string => `Useremo ${used} del tuo credito.`,
    restAfter: (rest: string): string => `Resteranno da pagare ${rest}.`,
    nothingAfter: 'Non resterà nulla da pagare.',
    left: (amount: string): string => `Del tuo credito resteranno ${amount}.`,
    submit: 'Usa il credito',
    back: 'Torna all’ordine senza usarlo',
    notNow: 'In questo momento il credito non si può usare per quest’ordine: ecco come sta ora.',
    done: 'Il credito è stato usato per quest’ordine.',
    underWay: 'L’uso del credito è in corso di registrazione: ricarica la pagina tra qualche istante.',
    method: 'Credito',
  },
  returns: {
    title: 'Rimborsi e pagamenti annullati',
    byCredit: 'Pagato con il credito',
    net: 'Ricevuto, al netto di quanto restituito',
    refunded: 'Rimborsato',
    refund: (amount: string, day: string): string => `Rimborso di ${amount}, disposto il ${day}`,
    original: 'sulla carta o sull’account PayPal con cui hai pagato',
    transfer: (ending: string | null): string =>
      ending === null ? 'con bonifico' : `con bonifico, sul conto che finisce per ${ending}`,
    status: 'Stato del rimborso',
    statuses: {
      due: 'In preparazione',
      sent: 'In corso',
      paid: 'Eseguito',
      failed: 'Non riuscito: ti contatteremo',
      withdrawn: 'Ritirato',
    },
    settledOn: (day: string): string => `il ${day}`,
    reversal: (amount: string, day: string): string => `Pagamento annullato: ${amount}, il ${day}`,
    reasons: {
      called_back: 'richiamato dalla banca',
      chargeback: 'contestato dal titolare della carta',
      correction: 'era stato registrato per errore',
    },
    dueAgain: (amount: string): string => `Un tuo pagamento è stato annullato: sono di nuovo da pagare ${amount}.`,
    stillValid: 'Quanto hai acquistato con quest’ordine resta valido.',
  },
};
