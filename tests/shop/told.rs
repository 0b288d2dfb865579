//! What the log tells of people who come and go: who by their number, what by its name, and nobody by a word of theirs.

use std::{
    fs,
    path::Path,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;
use totp_rs::{Builder, Secret};

use crate::{
    harness::{Browser, Shop},
    program::{Running, folder},
};

const ANNABEL: &str = "annabel.quillfeather@example.com";
const OTTOLINE: &str = "ottoline.wormwood@example.com";
const SAMSON: &str = "samson.thistlewaite@example.com";
const PASSWORD: &str = "seven green bottles";

/// The program over a test's database, with what was secret on the way.
struct Walk<'a> {
    shop: &'a Shop,
    running: &'a Running<'a>,
    folder: &'a Path,
    secrets: Vec<String>,
}

impl Walk<'_> {
    fn browser(&self) -> Browser {
        Browser::new(&self.running.url)
    }

    fn id_of(&self, email: &str) -> i64 {
        self.shop.count(&format!("SELECT id FROM accounts WHERE email = '{email}'"))
    }

    /// The path of the newest mailed link of this kind, which the program's own worker sends.
    fn mailed(&mut self, kind: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let mut files: Vec<_> = fs::read_dir(self.folder.join("var/mail")).unwrap().flatten().map(|file| file.path()).collect();
            files.sort();
            let mut texts = files.iter().rev().filter_map(|file| fs::read_to_string(file).ok()).map(|text| text.replace("=\r\n", ""));
            let found = texts.find_map(|text| text.split(&format!("{kind}/")).nth(1).map(str::to_owned));
            if let Some(rest) = found {
                let token: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
                self.secrets.push(token.clone());
                return format!("{kind}/{token}");
            }
            assert!(Instant::now() < deadline, "no mail with {kind}:\n{}", self.running.log());
            sleep(Duration::from_millis(50));
        }
    }

    fn owner_comes(&mut self) -> Browser {
        let link = self.running.owner_link();
        self.secrets.push(link.rsplit('/').next().unwrap().to_owned());
        let mut owner = self.browser();
        owner.get(&link);
        owner.submit("Set the password", &[("name", "Ottoline Wormwood"), ("email", OTTOLINE), ("password", PASSWORD)]);
        assert_eq!(owner.page().url.path(), "/admin");
        owner
    }

    fn annabel_signs_up(&mut self) -> Browser {
        let mut annabel = self.browser();
        annabel.get("/sign-up");
        annabel.submit("Make an account", &[("name", "Annabel Quillfeather"), ("email", ANNABEL)]);
        annabel.get(&self.mailed("/sign-up"));
        annabel.submit("Make the account", &[("password", PASSWORD)]).must_say("Welcome");
        annabel
    }

    /// Gives a recovery code.
    fn sets_a_second_factor_up(&mut self, annabel: &mut Browser) -> String {
        annabel.get("/account/second-factor");
        annabel.submit("Set it up", &[]);
        let seed: String = annabel.page().text_of("code").split_whitespace().collect();
        let totp = Builder::new().with_secret(Secret::try_from_base32(seed.clone()).unwrap()).build().unwrap();
        assert_eq!(annabel.submit("Ask for codes from now on", &[("code", "000000")]).status, 422);
        let code = totp.generate(chrono::Utc::now().timestamp().try_into().unwrap()).to_string();
        annabel.submit("Ask for codes from now on", &[("code", &code)]).must_say("This page is shown once");
        let recovery = annabel.page().texts_of("ol code");
        self.secrets.push(seed);
        self.secrets.extend(recovery.clone());
        recovery[0].clone()
    }

    /// Out, in again with mistakes, and on the way too many wrong codes.
    fn comes_back(&mut self, annabel: &mut Browser, recovery: &str) {
        annabel.get("/account");
        annabel.submit("Sign out", &[]);
        annabel.get("/sign-in");
        assert_eq!(annabel.submit("Sign in", &[("email", ANNABEL), ("password", "not seven bottles")]).status, 422);
        assert_eq!(annabel.submit("Sign in", &[("email", "nobody.known@example.com"), ("password", "not seven bottles")]).status, 422);
        annabel.submit("Sign in", &[("email", ANNABEL), ("password", PASSWORD)]);
        for _ in 0..5 {
            assert_eq!(annabel.submit("Sign in", &[("code", "000000")]).status, 422);
        }
        annabel.submit("Sign in", &[("code", "000000")]).must_say("Too many wrong codes");
        self.shop.forgets_tries();
        annabel.submit("Sign in", &[("email", ANNABEL), ("password", PASSWORD)]);
        annabel.submit("Sign in", &[("code", recovery)]).must_say("Hello");
    }

    /// Proof, removal of the second factor, another password by each of its ways.
    fn changes_what_is_delicate(&mut self, annabel: &mut Browser) {
        self.shop.meddle("UPDATE sign_ins SET proved_at = now() - interval '2 hours'");
        annabel.get("/account/second-factor/removal");
        assert_eq!(annabel.submit("Go on", &[("password", "not seven bottles")]).status, 422);
        annabel.submit("Go on", &[("password", PASSWORD)]);
        annabel.submit("Ask for no codes", &[]).must_say("your password alone");
        annabel.get("/account/password");
        annabel.submit("Change the password", &[("present", PASSWORD), ("password", "eight brown bottles")]);
        let mut forgetful = self.browser();
        forgetful.get("/sign-in/reset");
        forgetful.submit("Send me a link", &[("email", ANNABEL)]);
        let link = self.mailed("/sign-in/reset");
        forgetful.get(&link);
        forgetful.submit("Set the password", &[("password", "nine clear bottles")]);
        assert_eq!(forgetful.get(&link).status, 404);
        self.secrets.extend(["eight brown bottles", "nine clear bottles", "not seven bottles"].map(str::to_owned));
    }

    fn samson_comes_and_goes(&mut self, owner: &mut Browser) {
        self.shop.meddle("UPDATE sign_ins SET proved_at = now()");
        owner.get("/admin/staff");
        let role = self.shop.first("SELECT id FROM roles WHERE name = 'Warehouse'");
        owner.submit("Send the invitation", &[("email", SAMSON), ("role", &role)]).must_say("A mail with a link went to");
        let mut samson = self.browser();
        samson.get(&self.mailed("/invitations"));
        samson.submit("Set the password", &[("name", "Samson Thistlewaite"), ("password", PASSWORD)]);
        assert_eq!(samson.get("/admin/staff").status, 403);
        owner.get(&format!("/admin/staff/{}", self.id_of(SAMSON)));
        owner.submit("Shut them out", &[]).must_say("is shut out from now on");
    }
}

fn lines(log: &str) -> Vec<Value> {
    log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

/// Whether a line tells of this, with these fields; a number of 0 stands for none.
fn tells(lines: &[Value], event: &str, account: i64, field: &str, value: &str) -> bool {
    lines.iter().any(|line| {
        let is_theirs = line["account.id"].as_i64().unwrap_or(0) == account;
        line["event"] == event && is_theirs && (field.is_empty() || line[field] == value)
    })
}

#[test]
fn the_log_tells_by_number_who_came_went_and_was_refused_and_holds_no_name_address_password_or_token() {
    let (shop, folder) = (Shop::open(), folder());
    let running = Running::start(folder.path(), &["--no-demo", "--log", "debug", "--database-url", &shop.database_url]);
    let mut walk = Walk { shop: &shop, running: &running, folder: folder.path(), secrets: vec![PASSWORD.to_owned()] };
    let mut owner = walk.owner_comes();
    let mut annabel = walk.annabel_signs_up();
    assert_eq!(annabel.get("/admin").status, 403);
    assert_eq!(annabel.forge("/account/details", &[("csrf", "wrong"), ("name", "Annabel Quillfeather")]).status, 403);
    let recovery = walk.sets_a_second_factor_up(&mut annabel);
    walk.comes_back(&mut annabel, &recovery);
    walk.changes_what_is_delicate(&mut annabel);
    walk.samson_comes_and_goes(&mut owner);

    let log = running.log();
    let lines = lines(&log);
    let (annabel, ottoline, samson) = (walk.id_of(ANNABEL), walk.id_of(OTTOLINE), walk.id_of(SAMSON));
    let told = [
        ("invitation_made", 0, "role", "owner"),
        ("invitation_accepted", ottoline, "role", "owner"),
        ("signed_in", ottoline, "way", "invitation"),
        ("link_asked", 0, "kind", "sign_up"),
        ("link_mailed", 0, "kind", "sign_up"),
        ("link_used", 0, "kind", "sign_up"),
        ("signed_up", annabel, "", ""),
        ("signed_in", annabel, "way", "link"),
        ("refused", annabel, "http.route", "/admin"),
        ("csrf_refused", annabel, "why", "token"),
        ("second_factor_failed", annabel, "", ""),
        ("second_factor_set", annabel, "", ""),
        ("sign_in_ended", annabel, "by", "self"),
        ("sign_in_failed", annabel, "way", "password"),
        ("sign_in_failed", 0, "way", "password"),
        ("code_owed", annabel, "way", "password"),
        ("throttled", annabel, "door", "code"),
        ("signed_in", annabel, "way", "recovery"),
        ("proof_failed", annabel, "", ""),
        ("proved", annabel, "way", "password"),
        ("second_factor_removed", annabel, "", ""),
        ("password_changed", annabel, "", ""),
        ("sign_ins_ended", annabel, "by", "password"),
        ("link_mailed", annabel, "kind", "reset"),
        ("link_used", annabel, "kind", "reset"),
        ("link_refused", 0, "", ""),
        ("invitation_made", ottoline, "role", "staff"),
        ("staff_act", ottoline, "door", "POST /admin/staff/invitations"),
        ("invitation_accepted", samson, "role", "staff"),
        ("refused", samson, "http.route", "/admin/staff"),
        ("staff_disabled", samson, "", ""),
        ("sign_ins_ended", samson, "by", "disabled"),
    ];
    for (event, account, field, value) in told {
        assert!(tells(&lines, event, account, field, value), "{event} of {account}, {field} {value:?}:\n{log}");
    }
    let mut refused = lines.iter().filter(|line| line["event"] == "refused" && line["account.id"].as_i64() == Some(samson));
    assert!(refused.next().is_some_and(|line| line["span"]["request_id"].is_string()), "with the request's number");
    assert!(refused.next().is_none(), "each refusal is told once");
    let names = ["Quillfeather", "Wormwood", "Thistlewaite", "nobody.known", "@example.com"].map(str::to_owned);
    for secret in walk.secrets.iter().chain(&names) {
        let telling = log.lines().find(|line| line.to_lowercase().contains(&secret.to_lowercase()));
        assert_eq!(telling, None, "{secret}");
    }
}
