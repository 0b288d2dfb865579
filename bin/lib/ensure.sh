# Finds what the shop needs on this machine and installs what is missing. For bin/run, bin/test and .ci/run, which source
# it from the project's folder. Knows Debian, Ubuntu and macOS with Homebrew; elsewhere it says what to install by hand.
# Keeps to what bash 3.2 can do, since macOS has no newer one.
# shellcheck shell=bash

step() { printf '→ %s\n' "$*" >&2; }
trouble() { printf '✗ %s\n' "$*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }
on_macos() { [[ $(uname -s) == Darwin ]]; }
on_ubuntu() { grep -qs '^ID=ubuntu' /etc/os-release; }

# ensure CHECK WHAT APT-PACKAGES HOMEBREW-PACKAGES ADVICE: installs WHAT unless CHECK says it is there already. Whether that
# worked is asked of CHECK again; if not, prints the advice and returns 1.
ensure() {
    local check=$1 what=$2 apt=$3 brew=$4 advice=$5
    if "$check"; then return 0; fi
    if has apt-get && [[ -n $apt ]]; then
        step "installing $what: apt-get install $apt"
        # shellcheck disable=SC2086 # several packages
        apt_install $apt || true
    elif has brew && [[ -n $brew ]]; then
        step "installing $what: brew install $brew"
        # shellcheck disable=SC2086
        brew install $brew >&2 || true
    fi
    if "$check"; then return 0; fi
    if has apt-get && [[ -n $apt ]]; then advice="As root: apt-get install $apt. Or: $advice"; fi
    trouble "$what: missing, and could not be installed from here. $advice"
    return 1
}

as_root() {
    if [[ $EUID -eq 0 ]]; then
        "$@"
    elif has sudo; then
        sudo "$@"
    else
        trouble "not run, since this user is not root and there is no sudo: $*"
        return 1
    fi
}

apt_updated=no
apt_install() {
    local options=(-y -q --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120)
    if [[ $apt_updated == no ]]; then
        as_root apt-get update -q >&2 || return
        apt_updated=yes
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" "$@" >&2
}

# What it takes to build: certificates, C compiler, libpq and Rust.
ensure_build_tools() {
    ensure has_curl "curl and certificates" "curl ca-certificates" "curl" "Install curl and the system's CA certificates."
    ensure has_compiler "a C compiler" "build-essential" "" \
        "On macOS run xcode-select --install and then this again; elsewhere install gcc or clang with the C library's headers."
    ensure has_libpq "libpq, PostgreSQL's client library" "libpq-dev" "libpq" \
        "Install its development package (libpq-dev, postgresql-devel or libpq), or set PQ_LIB_DIR to the folder that has it."
    if on_macos; then use_libpq_of_homebrew; fi
    ensure_rust
}

has_curl() { has curl && { on_macos || [[ -n ${SSL_CERT_FILE:-} || -d /etc/pki/tls/certs || -s /etc/ssl/certs/ca-certificates.crt ]]; }; }

# macOS has a `cc` even without a compiler: it asks whether to install one.
has_compiler() { if on_macos; then xcode-select -p >/dev/null 2>&1; else has cc; fi; }

has_libpq() {
    [[ -n ${PQ_LIB_DIR:-} ]] && return
    if on_macos; then
        [[ -n $(libpq_of_homebrew) ]]
    else
        [[ $(cc -print-file-name=libpq.so) == /* ]] || { has pg_config && [[ -e $(pg_config --libdir)/libpq.so ]]; }
    fi
}

# Homebrew keeps libpq where no linker looks by itself.
libpq_of_homebrew() {
    local prefix
    for prefix in "${HOMEBREW_PREFIX:-/opt/homebrew}" /usr/local; do
        if [[ -e $prefix/opt/libpq/lib/libpq.dylib ]]; then
            echo "$prefix/opt/libpq/lib"
            return
        fi
    done
}

use_libpq_of_homebrew() { export PQ_LIB_DIR=${PQ_LIB_DIR:-$(libpq_of_homebrew)}; }

# Rust as new as Cargo.toml asks for: what is there, or a toolchain of rustup's, or rustup itself.
ensure_rust() {
    local wanted home=${CARGO_HOME:-~/.cargo}
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    if has_rust "$wanted"; then return 0; fi
    # Where rustup puts it, which a shell opened before does not know yet.
    PATH=$home/bin:$PATH
    if has_rust "$wanted"; then return 0; fi
    if has rustup; then
        step "installing Rust $wanted: rustup toolchain install $wanted"
        rustup toolchain install "$wanted" --profile minimal >&2 || true
        export RUSTUP_TOOLCHAIN=$wanted
    else
        step "installing Rust by rustup from https://sh.rustup.rs into $home"
        curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs |
            RUSTUP_INIT_SKIP_PATH_CHECK=yes sh -s -- -y --profile minimal --default-toolchain stable >&2 || true
        hash -r
    fi
    if has_rust "$wanted"; then return 0; fi
    trouble "Rust $wanted or newer: missing, and could not be installed from here. Install it as https://rustup.rs says."
    return 1
}

has_rust() { [[ $(cargo --version 2>/dev/null) =~ ^cargo\ 1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= $(cut -d. -f2 <<<"$1"))); }

# PostgreSQL's server, which the shop and its tests run by themselves.
ensure_postgres() {
    if has_postgres; then return 0; fi
    # Debian would also set up and start a server of its own, for which the shop has no use.
    local setting=/etc/postgresql-common/createcluster.d/ironmonger.conf
    local status=0
    if has apt-get; then
        as_root mkdir -p "${setting%/*}" || true
        as_root tee "$setting" >/dev/null <<<'create_main_cluster = false' || true
    fi
    ensure has_postgres "PostgreSQL" "postgresql" "postgresql@17" \
        "Install PostgreSQL 14 to 18 with its client, or set PG_BIN to the folder that has initdb, postgres and psql." || status=$?
    if has apt-get; then as_root rm -f "$setting" || true; fi
    return "$status"
}

# Looks where the shop will look. With PG_BIN set, the shop itself says whether it suits.
has_postgres() {
    [[ -n ${PG_BIN:-} ]] && return
    local folder IFS=:
    for folder in $PATH /usr/lib/postgresql/*/bin {/opt/homebrew,/usr/local}/opt/postgresql@*/bin /usr/pgsql-*/bin; do
        [[ -x $folder/initdb && -x $folder/postgres && -x $folder/psql ]] || continue
        if [[ $("$folder/postgres" --version) =~ \(PostgreSQL\)\ 1[4-8] ]]; then return 0; fi
    done
    return 1
}

# What the tests in a browser take beyond that. Says what is missing; those tests then fail, and the others run all the same.
ensure_browser() {
    local chromium="chromium"
    if on_ubuntu; then chromium="chromium-browser"; fi
    ensure has_browser "Chromium" "$chromium fonts-liberation" "--cask google-chrome" \
        "Install Chromium or Google Chrome (on Ubuntu: snap install chromium), or set CHROMIUM to its program." || true
    ensure has_node "Node.js with npm" "nodejs npm" "node" "Install Node.js 18 or newer from https://nodejs.org." || true
    if has_browser; then
        CHROMIUM=$(browser)
        export CHROMIUM
    fi
    if has_node; then
        ensure_node_packages tests/browser "the browser tests'"
        ensure_node_packages tests/oidc "a provider of identities'"
    fi
}

has_browser() { [[ -n $(browser) ]]; }

browser() {
    local each
    for each in ${CHROMIUM:+"$CHROMIUM"} chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" /Applications/Chromium.app/Contents/MacOS/Chromium; do
        if command -v "$each"; then return; fi
    done
}

has_node() { has npm && [[ $(node --version 2>/dev/null) =~ ^v([0-9]+) ]] && ((BASH_REMATCH[1] >= 18)); }

# ensure_node_packages FOLDER WHOSE: what its package-lock.json names.
ensure_node_packages() {
    local folder=$1
    [[ -e $folder/package-lock.json ]] || return 0
    [[ $folder/node_modules/.package-lock.json -nt $folder/package-lock.json ]] && return
    step "installing $2 packages: npm ci in $folder"
    npm --prefix "$folder" ci --no-audit --no-fund >&2 || trouble "npm ci in $folder failed; the tests that need it will fail too"
}

# An S3 server for the tests of pictures that are kept in a bucket: moto, in an environment of its own below target. Where it can't
# be had, that test says so and is passed over.
ensure_s3() {
    if has_s3; then return 0; fi
    local folder=target/moto
    ensure has_venv "Python with venv" "python3-venv" "python" "Install Python 3.9 or newer with its venv module." || return 0
    step "installing moto, an S3 server for the tests: pip install moto[server] into $folder"
    { python3 -m venv "$folder" && "$folder/bin/pip" install --quiet --disable-pip-version-check 'moto[server]==5.2.1'; } >&2 || true
    has_s3 || trouble "moto could not be installed from PyPI; the tests of pictures in a bucket will fail"
}

has_venv() { has python3 && python3 -c 'import ensurepip, venv' >/dev/null 2>&1; }

has_s3() { [[ -n ${MOTO_SERVER:-} || -x target/moto/bin/moto_server ]]; }
