import { facts, link, paragraph } from '../letter.ts';
import type { AccountLetters } from '../letters.ts';

export const accountLetters: AccountLetters = {
  registration_confirmed: ({ username, url }) => ({
    subject: 'Conferma iscrizione',
    blocks: [
      paragraph("la tua iscrizione è completa: grazie! Con questi dati accedi all'area clienti."),
      facts('Il tuo account', [['Username', username]]),
      paragraph('La password è quella che hai scelto: noi non la conosciamo e non te la chiederemo mai.'),
      link("Vai all'area clienti", url),
    ],
  }),
  password_reset: ({ username, url }) => ({
    subject: 'Scegli una nuova password',
    blocks: [
      paragraph(`è stata chiesta una nuova password per l'account ${username}. Per sceglierla segui questo link:`),
      link('Scegli una nuova password', url),
      paragraph("Il link vale un'ora e si usa una volta sola; sostituisce quelli che ti abbiamo inviato prima."),
      paragraph('Se la richiesta non è tua non devi fare nulla: la password resta quella di prima.'),
    ],
  }),
  invitation: ({ username, url }) => ({
    subject: 'La tua area clienti è pronta',
    blocks: [
      paragraph('abbiamo creato un account per te. Scegli la tua password per accedere la prima volta.'),
      facts('Il tuo account', [['Username', username]]),
      link('Scegli la tua password', url),
      paragraph(
        'Il link vale 7 giorni e si usa una volta sola. Se fosse tardi, chiedine un altro con "password dimenticata".',
      ),
    ],
  }),
  username_reminder: ({ usernames, url }) => ({
    subject: 'I tuoi username',
    blocks: [
      paragraph('ci è stato chiesto quali username appartengono a questo indirizzo e-mail. Eccoli.'),
      facts(
        'I tuoi account',
        usernames.map((username) => ['Username', username]),
      ),
      paragraph('Se la richiesta non è tua non devi fare nulla: questo messaggio arriva solo a te.'),
      link("Vai all'area clienti", url),
    ],
  }),
  password_changed: ({ username, url }) => ({
    subject: 'La tua password è stata cambiata',
    blocks: [
      paragraph(
        `la password dell'account ${username} è stata cambiata. Dove avevi già effettuato l'accesso, è terminato.`,
      ),
      paragraph(
        'Se il cambio non è opera tua, scegline subito un\'altra con "password dimenticata" nell\'area clienti.',
      ),
      link("Vai all'area clienti", url),
    ],
  }),
};
