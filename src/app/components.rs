//! What this program is made of, as CycloneDX 1.5 (ECMA-424) tells it, so that whoever runs it can ask lists of known weaknesses:
//! every crate of Cargo.lock with its checksum and what it needs in turn, the C sources that some of them bring along, and the
//! fonts. Cargo.lock names what tests and other systems need as well; nothing that is in the program is missing from it.

use serde_json::{Value, json};

const LOCK: &str = include_str!("../../Cargo.lock");

/// Sources within crates, which are no crates themselves: name, version as the crate has it (empty: nobody numbers it), licence, and
/// the crate.
const WITHIN: [(&str, &str, &str, &str); 3] = [
    ("libwebp", "1.3.1", "BSD-3-Clause", "libwebp-sys"),
    ("zstd", "1.5.7", "BSD-3-Clause", "zstd-sys"),
    ("boringssl", "", "ISC AND OpenSSL", "ring"),
];

/// Of printed pages, in src/documents/fonts.
const FONTS: [&str; 6] = [
    "NotoSans-Regular.ttf",
    "NotoSans-Bold.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansHebrew-Bold.ttf",
    "NotoSansArabic-Regular.ttf",
    "NotoSansArabic-Bold.ttf",
];

/// A crate as Cargo.lock names it.
struct Crate {
    name: &'static str,
    version: &'static str,
    /// SHA-256 in hex; none for the shop itself, which comes from no registry.
    checksum: Option<&'static str>,
    needs: Vec<&'static str>,
}

/// The whole list as JSON.
pub fn components() -> Value {
    let crates: Vec<_> = LOCK.split("[[package]]").skip(1).map(read).collect();
    let (own, others): (Vec<_>, Vec<_>) = crates.iter().partition(|one| one.checksum.is_none());
    let within = WITHIN.iter().map(|(name, version, licence, _)| within(name, version, licence));
    let fonts = FONTS
        .iter()
        .map(|name| json!({ "type": "file", "bom-ref": format!("font:{name}"), "name": name, "licenses": [{ "expression": "OFL-1.1" }] }));
    let listed: Vec<Value> = others.iter().map(|one| library(one)).chain(within).chain(fonts).collect();
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": own.first().map(|own| application(own)) },
        "components": listed,
        "dependencies": crates.iter().map(|one| needed(one, &crates)).collect::<Vec<_>>(),
    })
}

fn read(block: &'static str) -> Crate {
    let value = |key: &str| block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"'));
    let needs = block.split_once("dependencies = [").and_then(|(_, rest)| rest.split_once(']'));
    let needs = needs.map_or("", |(list, _)| list).lines().map(|line| line.trim().trim_matches(['"', ',']));
    Crate {
        name: value("name").unwrap_or_default(),
        version: value("version").unwrap_or_default(),
        checksum: value("checksum"),
        needs: needs.filter(|name| !name.is_empty()).collect(),
    }
}

/// The package URL: <https://github.com/package-url/purl-spec>. A plus within a version is escaped there.
fn purl(one: &Crate) -> String {
    format!("pkg:cargo/{}@{}", one.name, one.version.replace('+', "%2B"))
}

fn application(own: &Crate) -> Value {
    let licence = json!([{ "expression": env!("CARGO_PKG_LICENSE") }]);
    json!({ "type": "application", "bom-ref": purl(own), "name": own.name, "version": own.version, "purl": purl(own), "licenses": licence })
}

fn library(one: &Crate) -> Value {
    let hashes: Vec<_> = one.checksum.iter().map(|sum| json!({ "alg": "SHA-256", "content": sum })).collect();
    json!({ "type": "library", "bom-ref": purl(one), "name": one.name, "version": one.version, "purl": purl(one), "hashes": hashes })
}

fn within(name: &str, version: &str, licence: &str) -> Value {
    json!({ "type": "library", "bom-ref": format!("source:{name}"), "name": name, "version": version, "licenses": [{ "expression": licence }] })
}

fn needed(one: &Crate, all: &[Crate]) -> Value {
    let brought = WITHIN.iter().filter(|(.., inside)| *inside == one.name).map(|(name, ..)| format!("source:{name}"));
    let fonts = FONTS.iter().filter(|_| one.checksum.is_none()).map(|name| format!("font:{name}"));
    let crates = one.needs.iter().filter_map(|need| all.iter().find(|other| is_meant(need, other))).map(purl);
    json!({ "ref": purl(one), "dependsOn": crates.chain(brought).chain(fonts).collect::<Vec<_>>() })
}

/// Where several versions are about, Cargo.lock says which.
fn is_meant(need: &str, one: &Crate) -> bool {
    match need.split_once(' ') {
        Some((name, version)) => name == one.name && version == one.version,
        None => need == one.name,
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, fs};

    use super::*;

    fn texts<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
        list.as_array().unwrap().iter().map(|one| one[field].as_str().unwrap()).collect()
    }

    #[test]
    fn every_crate_is_listed_with_its_checksum_and_what_it_needs() {
        let told = components();
        assert_eq!(told["metadata"]["component"]["name"], "ironmonger");
        let in_lock = fs::read_to_string("Cargo.lock").unwrap().lines().filter(|line| *line == "[[package]]").count();
        let libraries: Vec<_> = told["components"].as_array().unwrap().iter().filter(|one| one["purl"].is_string()).collect();
        assert_eq!(libraries.len() + 1, in_lock, "all but the shop itself");
        assert!(libraries.iter().all(|one| one["hashes"][0]["content"].as_str().is_some_and(|sum| sum.len() == 64)));

        let known: HashSet<_> = texts(&told["components"], "bom-ref").into_iter().collect();
        assert_eq!(known.len(), told["components"].as_array().unwrap().len(), "each by a name of its own");
        let needs: usize = read_all().iter().map(|one| one.needs.len()).sum();
        let links = told["dependencies"].as_array().unwrap().iter().flat_map(|one| one["dependsOn"].as_array().unwrap());
        let links: Vec<_> = links.map(|link| link.as_str().unwrap()).collect();
        assert_eq!(links.len(), needs + WITHIN.len() + FONTS.len(), "nothing is needed that is not found");
        assert!(links.iter().all(|link| known.contains(link)), "nothing points nowhere");
    }

    fn read_all() -> Vec<Crate> {
        LOCK.split("[[package]]").skip(1).map(read).collect()
    }

    #[test]
    fn fonts_are_those_that_are_there() {
        let files = fs::read_dir("src/documents/fonts").unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let there: HashSet<_> = files.filter(|name| name.ends_with(".ttf")).collect();
        assert_eq!(there, HashSet::from(FONTS.map(str::to_owned)));
    }

    #[test]
    fn crates_around_c_libraries_are_known_for_what_they_bring_along() {
        // These bring nothing: they name what a system has, or are empty but for the others.
        let bare = [
            "core-foundation-sys",
            "dirs-sys",
            "jni-sys",
            "js-sys",
            "linux-raw-sys",
            "pq-sys",
            "security-framework-sys",
            "web-sys",
            "windows-sys",
        ];
        // Only for fuzzing another crate; no part of any program.
        let unused = ["libfuzzer-sys"];
        let brought = WITHIN.map(|(.., inside)| inside);
        let crates = read_all();
        let sys = crates.iter().map(|one| one.name).filter(|name| name.ends_with("-sys"));
        let unknown: Vec<_> = sys.filter(|name| !bare.contains(name) && !unused.contains(name) && !brought.contains(name)).collect();
        assert!(unknown.is_empty(), "look whether they bring sources along, and name those in WITHIN: {unknown:?}");
        assert!(brought.iter().all(|inside| crates.iter().any(|one| one.name == *inside)), "a crate that is gone brings nothing");
        let zstd = crates.iter().find(|one| one.name == "zstd-sys").unwrap();
        assert!(zstd.version.ends_with(WITHIN[1].1), "{}", zstd.version);
    }
}
