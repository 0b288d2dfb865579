// Somebody puts things into the cart, closes the browser, comes back: all is still there, and quantities can be changed.

import { must, play } from './lib.mjs';

await play(async (shop) => {
  const profile = await shop.profile();
  let shopper = await shop.visitor(profile);
  await shopper.visit('/');
  const [product] = await shopper.onSale();
  await shopper.follow(product);
  await shopper.fill({ Quantity: '2' });
  await shopper.press('Add to cart');
  await shopper.visit('/cart');
  const total = await pence(shopper);
  await shopper.context.close();

  shopper = await shop.visitor(profile);
  await shopper.visit('/');
  await shopper.mustSay('2 items in the cart');
  await shopper.follow('Cart');
  await shopper.mustSay(product, '2 items');
  must((await pence(shopper)) === total, 'the total is another than before');
  const quantity = `Quantity of ${product}`;
  must((await shopper.page.getByLabel(quantity).inputValue()) === '2', 'the quantity is another than before');

  await shopper.fill({ [quantity]: '3' });
  await shopper.press('Update');
  await shopper.mustSay('3 items');
  must((await pence(shopper)) === (total / 2) * 3, 'three do not cost three times as much as one');
  await shopper.press('Remove');
  await shopper.mustSay('Your cart is empty');
  must((await shopper.visit('/')) === 200 && !(await shopper.says('in the cart')), 'the header still counts things');
});

/** The cart's total. */
async function pence(shopper) {
  return Number((await shopper.text('dd.sum')).replace(/\D/g, ''));
}
