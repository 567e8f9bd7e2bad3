import { dateAt, type Instant, type PlainDate } from '../calendar.ts';
import type { Event, EventBody } from '../events.ts';
import { evolve } from '../evolve.ts';
import type { Subscription } from '../subscription.ts';

/** Collects the events of one decision, keeping the state they lead to so that later steps see earlier ones. */
export interface Draft {
  readonly now: Instant;
  readonly today: PlainDate;
  readonly state: Subscription;
  readonly events: readonly Event[];
  emit(body: EventBody): void;
}

export function draftOf(start: Subscription, now: Instant): Draft {
  let state = start;
  const events: Event[] = [];
  return {
    now,
    today: dateAt(now),
    get state() {
      return state;
    },
    events,
    emit(body) {
      const event = { ...body, sequence: state.sequence + 1, at: now };
      events.push(event);
      state = evolve(state, event);
    },
  };
}
