import { cartIt } from './cartIt.ts';
import { ordersIt } from './ordersIt.ts';

/** What the shop says, in Italian: beside the cart and the orders, managing a service. */
export const shopIt = {
  ...cartIt,
  ...ordersIt,
  manage: {
    title: 'Gestisci il servizio',
    back: 'Torna indietro',
    save: 'Salva',
    orders: 'Ordini di questo servizio',
    explain: 'Perché?',
    composition: 'Che cosa comprende',
    compositionTable: 'Servizi e loro scadenze',
    endsOn: 'Fino al',
    otherEnd: 'scadenza diversa dal servizio: si allinea al prossimo rinnovo',
    usersToday: (users: number): string =>
      users === 0 ? 'Nessun utente aggiuntivo oggi.' : `Utenti aggiuntivi oggi: ${users}.`,
    holder: 'Dati intestatario',
    editHolder: 'Modifica i dati dell’intestatario',
    holderIntro: 'Le prossime fatture useranno i nuovi dati.',
    holderSaved: 'I dati dell’intestatario sono stati salvati.',
    renewal: {
      isOn: 'Il rinnovo automatico è attivo.',
      isOff: 'Il rinnovo automatico è disattivato.',
      nextCharge: (date: string): string => `Prossimo addebito: ${date}.`,
      onMeans:
        'Attivandolo, 7 giorni prima della scadenza il rinnovo viene addebitato sul metodo registrato, per gli anni dell’ordine precedente; il pulsante Rinnova non è più visibile.',
      offMeans: 'Disattivandolo non ci saranno addebiti: riceverai i promemoria e il pulsante Rinnova torna visibile.',
      method: 'Metodo di pagamento',
      noMethod: 'nessuno: per attivare il rinnovo automatico scegline uno.',
      noticeGiven: 'Con la disdetta il rinnovo automatico non si può riattivare.',
      switchOn: 'Attiva il rinnovo automatico',
      switchOff: 'Disattiva il rinnovo automatico',
      choose: 'Scegli un metodo di pagamento',
      replace: 'Cambia il metodo di pagamento',
      remove: 'Rimuovi il metodo di pagamento',
      nowOn: 'Il rinnovo automatico è attivo.',
      nowOff: 'Il rinnovo automatico è disattivato.',
      methodIntro: 'Sarà usato per il rinnovo automatico di questo servizio.',
      save: 'Usa questo metodo',
      methodSet: 'Il metodo di pagamento è stato salvato.',
      removeMeans:
        'Senza metodo di pagamento il rinnovo automatico si disattiva. Il metodo resta tra quelli registrati.',
      removed: 'Il metodo di pagamento è stato rimosso dal servizio.',
    },
  },
  notice: {
    title: 'Disdetta',
    intro: 'Se non vuoi più il servizio puoi dare disdetta: resta attivo fino alla scadenza, poi viene cancellato.',
    open: 'Dai disdetta',
    notNow: 'In questo momento la disdetta non è possibile.',
    final: 'La disdetta è definitiva.',
    means: (until: string): string[] => [
      `Il servizio resta attivo fino al ${until} e in quel giorno viene cancellato, senza giorni per riattivarlo.`,
      'Il rinnovo automatico viene disattivato.',
      'Gli ordini non pagati vengono annullati e non se ne potranno fare altri.',
      'Per tornare servirà un nuovo acquisto; scarica prima i tuoi documenti.',
    ],
    submit: 'Confermo la disdetta',
    done: 'La disdetta è registrata.',
  },
  methods: {
    title: 'Metodi di pagamento',
    intro:
      'Carte e account PayPal registrati: li puoi scegliere per ogni servizio e ordine. Sono sempre mostrati mascherati.',
    none: 'Nessun metodo registrato.',
    register: 'Registra un metodo',
    notHere: 'Carte e account PayPal si registrano pagando un ordine.',
    unused: 'Nessun servizio lo usa.',
    usedBy: (services: number): string => (services === 1 ? 'Usato da un servizio:' : `Usato da ${services} servizi:`),
    service: (index: number, all: number): string =>
      all === 1 ? 'gestisci il servizio' : `gestisci il servizio ${index}`,
    remove: 'Rimuovi',
    removeNamed: (label: string): string => `Rimuovi: ${label}`,
    removeQuestion: (label: string): string => `Vuoi davvero rimuovere ${label}?`,
    registered: 'Il metodo è stato registrato.',
    removed: 'Il metodo è stato rimosso.',
    gone: 'Il metodo non c’è più.',
  },
  profile: {
    title: 'I tuoi dati',
    account: 'Accesso',
    ofService:
      'Hai effettuato l’accesso con le credenziali di un servizio: i dati del cliente si gestiscono con l’account del cliente.',
    language: 'Lingua delle comunicazioni',
    saved: 'I tuoi dati sono stati salvati.',
  },
};
