/** What the worker registers: every exported function is a workflow type, kept for good. */
export { subscription } from './subscription.ts';
