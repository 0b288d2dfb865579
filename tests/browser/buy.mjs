// A guest buys two different products by card, and mends a wrong postcode on the way.

import { must, play } from './lib.mjs';

await play(async (shop) => {
  const guest = await shop.visitor();
  await guest.visit('/');
  const [first, second] = await guest.onSale();
  must(second, 'the front page has no two products to buy');
  for (const product of [first, second]) {
    await guest.visit('/');
    await guest.follow(product);
    await guest.press('Add to cart');
  }
  await guest.visit('/cart');
  await guest.mustSay(first, second, '2 items');

  await guest.press('Go to checkout');
  await guest.mustSay('Step 1 of 4');
  await guest.fill({
    'E-mail address': 'annie@example.com',
    'Full name': 'Annie Preece',
    'Address line 1': '3 Corve Street',
    'Town or city': 'Ludlow',
    Country: 'United Kingdom',
    Postcode: 'SY8',
  });
  must((await guest.press('Go on to delivery')) === 422, 'a wrong postcode is let through');
  must((await guest.page.title()).startsWith('Error: '), 'the title does not tell of the error');
  must((await guest.page.getByLabel('Full name').inputValue()) === 'Annie Preece', 'the name is lost');
  await guest.page.getByRole('link', { name: /postcode/i }).click();
  const focused = await guest.page.evaluate(() => document.activeElement.id);
  must(focused === 'postcode', `the error leads to ${focused || 'nothing'}, not to the postcode`);
  await guest.fill({ Postcode: 'SY8 1AE' });
  await guest.press('Go on to delivery');

  await guest.mustSay('Step 2 of 4');
  await guest.page.getByRole('radio').first().check();
  await guest.press('Go on to check your order');
  await guest.mustSay('Step 3 of 4', first, second, 'SY8 1AE', 'annie@example.com');
  await guest.follow('Go on to pay');
  await guest.mustSay('Step 4 of 4');
  const total = (await guest.text('h1')).replace('Pay ', '');
  await guest.page.locator('[name=gateway][value=sandbox]').check();
  await guest.press('Place the order');

  must(guest.page.url().includes('/sandbox/pay/'), 'the payment provider does not come');
  await guest.mustSay(total);
  await guest.fill({ 'Card number': '4242 4242 4242 4242', 'Expiry date': '12/39', 'Security code': '123' });
  await guest.press('Pay');
  await guest.mustSay('Thank you', 'Paid', first, second, total);
  const number = new URL(guest.page.url()).pathname.split('/')[2];
  await guest.follow('Follow the order');
  await guest.mustSay(number, 'Paid', total);

  await guest.visit('/cart');
  await guest.mustSay('Your cart is empty');
});
