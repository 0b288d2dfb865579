// The shop's pages keep WCAG 2.2 AA, in light and dark, wide and narrow.

import { Inspection } from './axe.mjs';
import { must, play } from './lib.mjs';

await play(async (shop) => {
  const guest = await shop.visitor();
  const inspection = new Inspection();
  const look = (name) => inspection.look(name, guest);
  const visit = async (name, path) => {
    const status = await guest.visit(path);
    await look(name);
    return status;
  };

  await visit('empty cart', '/cart');
  await visit('home', '/');
  await guest.page.setViewportSize({ width: 375, height: 800 });
  await guest.page.getByText('All departments').click();
  await look('home with its menu open');
  const [product] = await guest.onSale();
  await guest.followFirst('.departments .across a');
  await look('category');
  await visit('search', `/search?q=${encodeURIComponent(product.split(' ')[0])}`);
  await guest.mustSay(product);
  await visit('search without results', '/search?q=unobtainium');
  await visit('content page', '/pages/delivery');
  await visit('sign up', '/sign-up');
  await visit('sign in', '/sign-in');
  await guest.press('Sign in');
  await look('sign in with errors');
  must((await visit('not found', '/no/such/page')) === 404, 'a page that is not there is found');

  await guest.visit('/');
  await guest.follow(product);
  await look('product');
  await guest.press('Add to cart');
  await guest.visit('/cart');
  await look('cart');
  await guest.press('Go to checkout');
  await look('address');
  await guest.press('Go on to delivery');
  await look('address with errors');
  await guest.fill({
    'E-mail address': 'annie@example.com',
    'Full name': 'Annie Preece',
    'Address line 1': '3 Corve Street',
    'Town or city': 'Ludlow',
    Country: 'United Kingdom',
    Postcode: 'SY8 1AE',
  });
  await guest.page.getByLabel('The bill goes to another address').check();
  await guest.press('Go on to delivery');
  await look('billing address');
  await guest.visit('/checkout/address');
  await guest.page.getByLabel('The bill goes to another address').uncheck();
  await guest.press('Go on to delivery');
  await look('delivery');
  await guest.page.getByRole('radio').first().check();
  await guest.press('Go on to check your order');
  await look('check your order');
  await guest.follow('Go on to pay');
  await look('pay');
  await guest.page.locator('[name=gateway][value=sandbox]').check();
  await guest.press('Place the order');
  await look('payment provider');
  await guest.press('Pay');
  await look('payment provider with errors');
  await payBy(guest, '4000 0000 0000 0002');
  await look('order whose payment failed');
  await guest.page.locator('[name=gateway][value=sandbox]').check();
  await guest.press('Pay');
  await payBy(guest, '4000 0000 0000 3220');
  await look('payment provider asking back');
  await guest.press('Confirm the payment');
  await guest.mustSay('Thank you');
  await look('confirmation');
  await guest.follow('Follow the order');
  await look('order');
  inspection.conclude();
});

async function payBy(guest, card) {
  await guest.fill({ 'Card number': card, 'Expiry date': '12/39', 'Security code': '123' });
  await guest.press('Pay');
}
