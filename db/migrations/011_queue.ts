import type { Knex } from 'knex';

/** What operators do about money that waits, and what they have looked at; and the means to find what needs them. */
async function up(db: Knex): Promise<void> {
  await db.raw(`
    alter table payments
      add assigned_order text,
      add assigned_at timestamptz,
      add assignments integer not null default 0,
      add constraint payments_assigned check (
        (assignments > 0) = (assigned_order is not null) and (assignments > 0) = (assigned_at is not null)
      );

    create table queue_acknowledgements (
      kind text not null,
      item_id text not null,
      note text not null check (note <> ''),
      operator_id text not null,
      acknowledged_at timestamptz not null default now(),
      primary key (kind, item_id)
    );

    create index payment_places_unmatched on payment_places (payment_key) where account = 'unmatched' and amount_minor > 0;
    create index payments_disputed on payments (recorded_at) where source = 'disputed';
    create index timeline_for_operators on timeline (type, recorded_at)
      where type in ('SignalRejected', 'PaymentConflictNoted');
    create index subscriptions_charging on subscriptions (id) where jsonb_typeof(state -> 'attempt') = 'object';
    create index subscriptions_due on subscriptions (next_deadline_at) where next_deadline_at is not null;
  `);
}

async function down(db: Knex): Promise<void> {
  await db.raw(`
    drop index subscriptions_due, subscriptions_charging, timeline_for_operators, payments_disputed, payment_places_unmatched;
    drop table queue_acknowledgements;
    alter table payments drop constraint payments_assigned,
      drop column assignments, drop column assigned_at, drop column assigned_order;
  `);
}

export const queue: Knex.Migration = { up, down };
