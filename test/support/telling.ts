/** Workflow interceptors, bundled for replays only: they tell what the code asks of the outside, call by call. */
import { proxySinks, type Sinks, type WorkflowInterceptors } from '@temporalio/workflow';

export interface GoldenSinks extends Sinks {
  golden: { tell(kind: string, content: unknown): void };
}

const { golden } = proxySinks<GoldenSinks>();

export const interceptors = (): WorkflowInterceptors => ({
  outbound: [
    {
      startTimer(input, next) {
        golden.tell('timer', { milliseconds: input.durationMs, summary: input.options?.summary });
        return next(input);
      },
      scheduleLocalActivity(input, next) {
        golden.tell(input.activityType, input.args);
        return next(input);
      },
      scheduleActivity(input, next) {
        golden.tell(input.activityType, { args: input.args, summary: input.options.summary });
        return next(input);
      },
      continueAsNew(input, next) {
        golden.tell('continueAsNew', input.args);
        return next(input);
      },
    },
  ],
});
