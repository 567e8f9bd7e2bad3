/** What explanations need of a life's events, gathered once: each order's story, and each step of the expiry. */
import type { PlainDate } from '../calendar.ts';
import { BASE_SKUS } from '../catalogue.ts';
import type { Interval } from '../entitlements.ts';
import type { Event, EventType } from '../events.ts';
import { lessBy } from '../evolving/returns.ts';
import type { AppliedPayment, OpenOrder } from '../orders.ts';
import type { PricedOrder } from '../pricing.ts';

export type EventOf<T extends EventType> = Extract<Event, { type: T }>;

export interface OrderStory {
  readonly number: string;
  readonly priced: PricedOrder;
  readonly origin: OpenOrder['origin'];
  readonly placed: EventOf<'OrderPlaced'>;
  readonly payments: readonly AppliedPayment[];
  readonly committed: EventOf<'CommitmentRegistered'> | null;
  readonly completed: EventOf<'OrderCompleted'> | null;
  /** Undone, as its service could not be made. */
  readonly reversed: EventOf<'OrderReversed'> | null;
}

/** An order moved the end of the base service. */
export interface ExpiryStep {
  readonly event: EventOf<'Activated'> | EventOf<'ServiceExtended'>;
  readonly story: OrderStory;
  /** Where the base service's new time begins and ends. */
  readonly from: PlainDate;
  readonly until: PlainDate;
  /** The day of the month its ends lie on, where the month is long enough. */
  readonly anchorDay: number;
}

export interface History {
  readonly events: readonly Event[];
  readonly orders: ReadonlyMap<string, OrderStory>;
  readonly steps: readonly ExpiryStep[];
}

export function historyOf(events: readonly Event[]): History {
  const orders = new Map<string, OrderStory>();
  const steps: ExpiryStep[] = [];
  const change = (number: string, changes: (story: OrderStory) => Partial<OrderStory>): void => {
    const story = orders.get(number);
    if (story !== undefined) orders.set(number, { ...story, ...changes(story) });
  };
  for (const event of events) {
    switch (event.type) {
      case 'OrderPlaced': {
        const { number, priced, origin, payments } = event.order;
        orders.set(number, {
          number,
          priced,
          origin,
          placed: event,
          payments,
          committed: null,
          completed: null,
          reversed: null,
        });
        break;
      }
      case 'PaymentApplied':
        change(event.number, ({ payments }) => ({ payments: [...payments, event.payment] }));
        break;
      case 'PaymentReversed':
        if (event.number !== null)
          change(event.number, ({ payments }) => ({
            payments: lessBy(payments, event.reversal.paymentKey, event.orderMinor),
          }));
        break;
      case 'CommitmentRegistered':
        change(event.number, () => ({ committed: event }));
        break;
      case 'OrderCompleted':
        change(event.number, () => ({ completed: event }));
        break;
      case 'OrderReversed':
        change(event.number, () => ({ reversed: event }));
        break;
      case 'Activated':
      case 'ServiceExtended': {
        const step = stepOf(event, orders);
        if (step !== null) steps.push(step);
        break;
      }
      default:
        break;
    }
  }
  // Steps know their order as it was then; what was paid later does not matter to them.
  return { events, orders, steps };
}

function stepOf(event: ExpiryStep['event'], orders: ReadonlyMap<string, OrderStory>): ExpiryStep | null {
  const isFirst = ({ priced }: OrderStory): boolean => priced.content.type === 'first_purchase';
  const story = event.type === 'Activated' ? [...orders.values()].find(isFirst) : orders.get(event.number);
  const granted = event.type === 'Activated' ? event.granted : (story?.completed?.granted ?? []);
  const base = granted.find(isBase);
  if (story === undefined || base === undefined) return null;
  return { event, story, from: base.from, until: event.expiresOn, anchorDay: base.anchorDay };
}

function isBase({ sku }: Interval): boolean {
  return (BASE_SKUS as readonly string[]).includes(sku);
}

/** The latest event of these types, or null. */
export function latest<T extends EventType>(events: readonly Event[], ...types: readonly T[]): EventOf<T> | null {
  const found = events.findLast((event) => (types as readonly EventType[]).includes(event.type));
  return (found as EventOf<T> | undefined) ?? null;
}
