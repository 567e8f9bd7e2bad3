import type { Pages } from '../visit.ts';
import { buy } from './buy.ts';
import { cart } from './cart.ts';
import { changes } from './changes.ts';
import { checkout } from './checkout.ts';
import { explain } from './explain.ts';
import { invoices } from './invoices.ts';
import { manage } from './manage.ts';
import { methods } from './methods.ts';
import { methodSetups } from './methodSetups.ts';
import { order } from './order.ts';
import { orderActions } from './orderActions.ts';
import { orderCredit } from './orderCredit.ts';
import { orderList } from './orderList.ts';
import { profile } from './profile.ts';

/** Cart, checkout, orders, payment, management, profile. */
export function shop(pages: Pages): void {
  const parts = [
    buy,
    cart,
    checkout,
    orderList,
    order,
    orderActions,
    orderCredit,
    manage,
    changes,
    explain,
    methods,
    profile,
  ];
  for (const part of parts) part(pages);
  methodSetups(pages);
  invoices(pages);
}
