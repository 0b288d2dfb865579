// The owner of a new shop sets a password and ships a paid order: node ship.mjs BASE-URL INVITATION ORDER-NUMBER

import { must, play } from './lib.mjs';

const PASSWORD = 'a password of the owner';

await play(async (shop, invitation, number) => {
  const owner = await shop.visitor();
  await owner.visit(invitation);
  await owner.fill({ 'Full name': 'Pat Pike' });
  const email = await owner.page.getByLabel('E-mail address').inputValue() || 'owner@example.com';
  await owner.fill({ 'E-mail address': email, Password: PASSWORD });
  await owner.press('Set the password');
  await owner.visit('/admin');
  await owner.press('Sign out');
  await owner.visit('/admin');
  await owner.fill({ 'E-mail address': email, Password: PASSWORD });
  await owner.press('Sign in');

  await owner.mustSay('Dashboard', 'To ship');
  await owner.follow(number);
  await owner.mustSay(`Order ${number}`, 'Paid');
  await owner.fill({ 'Carrier (optional)': 'Royal Mail', 'Tracking number (optional)': 'AB123456789GB' });
  await owner.press('Mark as shipped');
  await owner.press('Yes, it is shipped');
  await owner.mustSay('Shipped', 'AB123456789GB');
  must(!(await owner.page.getByRole('button', { name: 'Mark as shipped' }).count()), 'it could be shipped twice');
  await owner.mustSaySoon('is on its way');

  await owner.follow('See it as the customer');
  await owner.mustSay(number, 'Shipped', 'Royal Mail', 'Tracking number AB123456789GB');
  await owner.visit('/admin');
  must(!(await owner.says(number)), 'the dashboard still wants it shipped');
});
