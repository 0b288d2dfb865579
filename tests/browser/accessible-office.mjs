// The back office's pages keep WCAG 2.2 AA, in light and dark, wide and narrow:
// node accessible-office.mjs BASE-URL INVITATION, for a shop with a paid order, an unpaid one and products.

import { Inspection } from './axe.mjs';
import { play } from './lib.mjs';

await play(async (shop, invitation) => {
  const owner = await shop.visitor();
  const inspection = new Inspection();
  const look = (name) => inspection.look(name, owner);
  const visit = async (name, path) => {
    await owner.visit(path);
    await look(name);
  };

  await visit('invitation', invitation);
  await owner.fill({ 'Full name': 'Pat Pike', Password: 'a password of the owner' });
  if (!(await owner.page.getByLabel('E-mail address').inputValue())) await owner.fill({ 'E-mail address': 'owner@example.com' });
  await owner.press('Set the password');
  await visit('dashboard', '/admin');
  await owner.page.getByText('The same as a table').click();
  await look('dashboard with its table open');

  await visit('orders', '/admin/orders');
  await visit('no orders', '/admin/orders?q=unobtainium');
  await owner.visit('/admin/orders?state=unpaid');
  await owner.followFirst('main th a');
  await look('unpaid order');
  await owner.visit('/admin');
  await owner.followFirst('[aria-labelledby=ship] th a');
  await look('paid order');
  await owner.fill({ Amount: 'much' });
  await owner.press('Refund');
  await look('order with errors');
  await owner.fill({ Amount: '1.00' });
  await owner.press('Refund');
  await look('refund');
  await owner.follow('Back to the order');
  await owner.follow('Cancel the order');
  await look('cancellation');

  await visit('products', '/admin/products');
  await owner.followFirst('main th a');
  await look('product');
  await owner.followFirst('main th a');
  await look('variant form');
  await owner.follow('Stock of this variant');
  await look('stock');
  await visit('new product', '/admin/products/new');
  await owner.press('Save product');
  await look('new product with errors');
  await visit('categories', '/admin/categories');
  await visit('category form', '/admin/categories/new');
  await visit('collections', '/admin/collections');
  await visit('collection form', '/admin/collections/2/edit');
  await visit('beside a product', '/admin/products/1/relations');
  await visit('customers', '/admin/customers');
  await owner.followFirst('main th a');
  await look('customer');
  await visit('pages', '/admin/pages');
  await visit('page form', '/admin/pages/new');
  await visit('settings', '/admin/settings');
  await visit('mails', '/admin/mails');
  await owner.followFirst('main th a');
  await look('mail');
  await visit('jobs', '/admin/jobs');
  inspection.conclude();
});
