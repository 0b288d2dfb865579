// A provider of identities for the tests: node-oidc-provider as its authors have it, kept in memory.
//
//   node provider.mjs REDIRECT-URI
//
// It listens on a port of its own and says its issuer on the first line of its output. Whoever signs in may enter any name and any
// password. Of "annie" it says that annie@example.com is hers; of "unsure-annie" it tells the same address and does not vouch for it.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [redirectUri] = process.argv.slice(2);
// What it says of its development defaults is known.
console.warn = () => {};
console.info = () => {};

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "the-shop",
        client_secret: "a secret of the shop: at 100%",
        redirect_uris: [redirectUri],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    pkce: { required: () => true },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    cookies: { keys: ["only for tests"] },
    async findAccount(_, id) {
      const isSure = !id.startsWith("unsure-");
      const name = id.replace("unsure-", "");
      const claims = { sub: id, email: `${name}@example.com`, email_verified: isSure, name: `${name} of Ludlow` };
      return { accountId: id, claims: async () => claims };
    },
    // The shop is allowed what it asks for.
    async loadExistingGrant(ctx) {
      const { client, session, params } = ctx.oidc;
      const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope(params.scope);
      await grant.save();
      return grant;
    },
  });
  server.on("request", provider.callback());
  process.stdout.write(`${issuer}\n`);
});
// It ends with whoever started it.
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
