#!/usr/bin/env bash
#
# Installs Sluicegate on a machine with systemd, from a wheel and this folder. Read it before you run it: it is
# meant to be read. Nothing is fetched but the packages that requirements.txt names, each by its hash; nothing is
# started, stopped or reloaded; --dry-run prints every command that would change something, and changes nothing.
#
#   install.sh [options] --sha256 HEX WHEEL   install this release beside those that are there; the first is switched to
#   install.sh [options] --switch VERSION     make an installed release the current one: forwards, or back again
#   install.sh [options] --uninstall          remove programs and units; keep settings, state and account
#
#   --dry-run         print what would be done
#   --wheels DIR      take the packages from this folder, on a machine without a way to a package index; filled
#                     elsewhere by: pip download --only-binary :all: --require-hashes -r requirements.txt -d DIR
#   --kerberos DIR    take tickets too, by the two packages in this folder, which were built against a Kerberos like
#                     this machine's, elsewhere: pip wheel --require-hashes -r requirements-kerberos.txt -w DIR
#   --python PROGRAM  the interpreter, 3.13 or later (python3.13 unless given)
#   --root DIR        install into this folder, as for an image, in place of /
#
# What it makes:
#
#   /opt/sluicegate/VERSION/         a virtual environment, this folder as deploy/, and the command `sluicegate`
#   /opt/sluicegate/current          a link to the release in use; what runs changes only by `systemctl reload`
#   /usr/bin/sluicegate              a link to the current release's command
#   /usr/local/lib/systemd/system/   the units; none is enabled
#   /usr/local/lib/{sysusers,sysctl,modules-load}.d/   the account, and what the kernel must allow
#   /etc/sluicegate/                 settings, root's, readable by the account; never overwritten
#   /var/lib/sluicegate/             state, the account's alone (0700); never touched again
#   /etc/sluicegate-review/          settings of the review service and of people who ask it; never overwritten
#
# Again with the same arguments it changes nothing. Exit codes: 0 done, 1 refused or failed, 2 wrong usage.

set -euo pipefail
umask 022
# Python would look for modules in the folder this is called from first, and that may be /tmp: whoever laid a
# venv.py there would be root.
export PYTHONSAFEPATH=1
unset PYTHONPATH PYTHONHOME

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root='' python=python3.13 wheels='' kerberos='' sha256='' wheel='' action=install version='' dry_run=''

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit "${2:-1}"
}
say() { printf '%s\n' "$*"; }

# Everything that changes something goes through here.
run() {
  if [[ $dry_run ]]; then
    printf '  would run:'
    printf ' %q' "$@"
    printf '\n'
  else
    "$@"
  fi
}

as_root() { [[ $(id -u) -eq 0 ]]; }
systemd_runs_here() { [[ -z $root && -d /run/systemd/system ]]; }

usage() { sed -n '3,/^$/{s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }

read_arguments() {
  while (($#)); do
    case $1 in
      --dry-run) dry_run=yes ;;
      --root | --python | --wheels | --kerberos | --sha256 | --switch)
        (($# > 1)) || fail "$1: needs a value" 2
        case $1 in
          --root) root=$(readlink -m "$2") ;;
          --python) python=$2 ;;
          --wheels) wheels=$(readlink -m "$2") ;;
          --kerberos) kerberos=$(readlink -m "$2") ;;
          --sha256) sha256=$2 ;;
          --switch) action=switch version=$2 ;;
        esac
        shift
        ;;
      --uninstall) action=uninstall ;;
      -h | --help)
        usage
        exit 0
        ;;
      -*) fail "$1: no such option; see --help" 2 ;;
      *)
        [[ -z $wheel ]] || fail "$1: one wheel at a time; see --help" 2
        wheel=$1
        ;;
    esac
    shift
  done
  [[ $root == / ]] && root=''
  if [[ $action == install ]]; then
    [[ $wheel ]] || fail "which wheel? See --help" 2
    [[ $sha256 =~ ^[0-9a-f]{64}$ ]] || fail "--sha256: give the wheel's SHA-256, 64 hexadecimal digits, as published" 2
  elif [[ $wheel || $sha256 ]]; then
    fail "--switch and --uninstall take no wheel; see --help" 2
  fi
  # Before anything: with --root the files may belong to whoever packs them.
  as_root || [[ $root || $dry_run ]] || fail "run this as root, or look first with --dry-run"
}

# Installing -------------------------------------------------------------------------------------------------

install_release() {
  [[ -f $wheel ]] || fail "$wheel: no such file"
  local name
  name=$(basename "$wheel")
  [[ $name =~ ^sluicegate-([0-9][0-9A-Za-z.+_]*)-py3-none-any\.whl$ ]] || fail "$name: not a wheel of Sluicegate"
  version=${BASH_REMATCH[1]}
  [[ $(sha256sum <"$wheel") == "$sha256  -" ]] || fail "$name: not the file that was published: its SHA-256 differs"
  "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 13))' 2>/dev/null ||
    fail "$python: need Python 3.13 or later with venv (Debian: python3 python3-venv), or name one with --python"

  local release=$root/opt/sluicegate/$version
  if [[ -f $release/.complete ]]; then
    [[ $(<"$release/.complete") == "$sha256" ]] ||
      fail "$release: another build of $version is installed there; remove that folder first if it is not in use"
    say "$version is installed already"
  else
    say "installing $version into $release"
    build_environment "$release"
  fi
  if [[ -e $root/opt/sluicegate/current ]]; then
    [[ $(readlink "$root/opt/sluicegate/current") == "$version" ]] || tell_how_to_switch
  else
    switch
    tell_how_to_begin
  fi
}

build_environment() {
  local release=$1
  local -a from=()
  [[ -z $wheels ]] || from=(--no-index -f "$wheels")
  # What a run that was stopped has left behind; nothing uses it, since it is not complete.
  run rm -rf "$release"
  run mkdir -p "$release"
  run "$python" -m venv "$release"
  # Wheels only: unpacking one runs nothing of its makers' on this machine; building from source would.
  run "$release/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile --only-binary :all: \
    --require-hashes "${from[@]}" -r "$here/requirements.txt"
  [[ -z $kerberos ]] || run "$release/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile \
    --only-binary :all: --no-deps --no-index -f "$kerberos" decorator gssapi
  run "$release/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --no-index "$wheel"
  # Nothing stays that nobody needs here: no installer, no other program than ours.
  run "$release/bin/python" -m pip uninstall --quiet --disable-pip-version-check --yes pip
  run find "$release/bin" -type f ! -name sluicegate -delete
  # Compiled now, since the account that runs it may not write here; with the paths as they will be.
  run "$release/bin/python" -m compileall -q -j 0 -s "$root" -p / "$release/lib"
  run cp -R "$here" "$release/deploy"
  run install -m 0755 "$here/sluicegate" "$release/sluicegate"
  if [[ $root ]]; then
    # They name themselves by their full path, which is another without the root.
    run sed -i "s|$release|/opt/sluicegate/$version|g" "$release/bin/sluicegate" "$release/pyvenv.cfg"
  fi
  # Whether it can start at all, before anything depends on it.
  run sh -c '"$0" -P -m console.cli.main --help >/dev/null' "$release/bin/python"
  [[ $dry_run ]] || printf '%s\n' "$sha256" >"$release/.complete"
}

# Switching --------------------------------------------------------------------------------------------------

switch() {
  [[ $version =~ ^[0-9][0-9A-Za-z.+_]*$ ]] || fail "$version: not a version" 2
  local release=$root/opt/sluicegate/$version
  [[ -f $release/.complete || $dry_run ]] || fail "$release: not installed, or not completely"
  # The release's own files: going back brings back its units too.
  local deploy=$release/deploy
  [[ $dry_run && ! -d $deploy ]] && deploy=$here
  local units=$root/usr/local/lib/systemd/system

  say "switching to $version"
  make_account "$deploy"
  run install -d -m 0755 "$units" "$units/sluicegate-.service.d"
  run install -m 0644 "$deploy"/systemd/*.service "$deploy"/systemd/*.timer "$units"
  run install -m 0644 "$deploy"/systemd/sluicegate-.service.d/*.conf "$units/sluicegate-.service.d"
  run install -D -m 0644 "$deploy/sysctl/90-sluicegate.conf" "$root/usr/local/lib/sysctl.d/90-sluicegate.conf"
  run install -D -m 0644 "$deploy/sysctl/modules.conf" "$root/usr/local/lib/modules-load.d/sluicegate.conf"
  # A rename, so that there is no moment without a current release.
  run ln -sfn "$version" "$root/opt/sluicegate/.current"
  run mv -T "$root/opt/sluicegate/.current" "$root/opt/sluicegate/current"
  run ln -sfn /opt/sluicegate/current/sluicegate "$root/usr/bin/sluicegate"
  if systemd_runs_here; then
    run systemctl daemon-reload
    run systemctl restart systemd-modules-load.service systemd-sysctl.service
  fi
}

make_account() {
  local deploy=$1 config=$root/etc/sluicegate state=$root/var/lib/sluicegate
  run mkdir -p "$root/etc" "$root/var/lib" "$root/usr/bin"
  run install -D -m 0644 "$deploy/systemd/sluicegate.sysusers.conf" "$root/usr/local/lib/sysusers.d/sluicegate.conf"
  run systemd-sysusers ${root:+--root="$root"} "$root/usr/local/lib/sysusers.d/sluicegate.conf"
  if [[ ! -d $config ]]; then
    run install -d -m 0750 "$config"
    owned_by 0 "$config"
  fi
  if [[ ! -e $config/sluicegate.toml ]]; then
    run install -m 0640 "$deploy/sluicegate.toml" "$config/sluicegate.toml"
    owned_by 0 "$config/sluicegate.toml"
  fi
  if [[ ! -d $state ]]; then
    run install -d -m 0700 "$state"
    owned_by account "$state"
  fi
  make_review_settings "$deploy" "$root/etc/sluicegate-review"
}

# The review service's own, which the gateway's account cannot read; and what people need to ask it.
make_review_settings() {
  local deploy=$1 config=$2
  [[ ! -d $config ]] || return 0
  run install -d -m 0755 "$config"
  run install -m 0640 "$deploy/review.toml" "$config/sluicegate.toml"
  owned_by 0 "$config/sluicegate.toml" sluicegate-review
  run install -m 0644 "$deploy/people.toml" "$config/people.toml"
}

# The ids are the root's own: its account may have another number than one of the same name here.
owned_by() {
  as_root || return 0
  local entry user=0 group=0
  if [[ ! $dry_run ]]; then
    entry=$(grep "^${3:-sluicegate}:" "$root/etc/passwd")
    IFS=: read -r _ _ user group _ <<<"$entry"
  fi
  [[ $1 == account ]] || user=0
  run chown "$user:$group" "$2"
}

# Removing ---------------------------------------------------------------------------------------------------

uninstall() {
  local units=$root/usr/local/lib/systemd/system
  if systemd_runs_here; then
    if systemctl --quiet is-active sluicegate.service; then
      fail "the gateway is running, and people behind it; first: systemctl stop sluicegate.service"
    fi
    # Not the rules of the packet filter: without them the web would be open, which is for a person to decide.
    run systemctl disable --quiet --now sluicegate-{anchor,backup,check,dispose,lists}.timer
    run systemctl disable --quiet --now sluicegate_review.service
    run systemctl disable --quiet sluicegate.service sluicegate_nftables.service
  fi
  say "removing programs and units"
  run rm -rf "$units"/sluicegate.service "$units"/sluicegate[-_]*
  run rm -f "$root/usr/local/lib/sysusers.d/sluicegate.conf" "$root/usr/local/lib/sysctl.d/90-sluicegate.conf" \
    "$root/usr/local/lib/modules-load.d/sluicegate.conf" "$root/usr/bin/sluicegate"
  run rm -rf "$root/opt/sluicegate"
  ! systemd_runs_here || run systemctl daemon-reload
  say "kept: $root/etc/sluicegate, $root/var/lib/sluicegate (the decisions, and a key that clients trust)," \
    "$root/etc/sluicegate-review, $root/var/lib/sluicegate-review (the key that exports are signed by) and the accounts"
}

# What comes next --------------------------------------------------------------------------------------------

tell_how_to_begin() {
  cat <<EOT
installed. Next:
  /etc/sluicegate/sluicegate.toml        where to listen, which database
  sluicegate ca csr, ca import           an authority below your own; or ca init: docs/certificates.md
  sluicegate db upgrade                  on PostgreSQL: as the database's administrator (docs/database.md)
  sluicegate check
  systemctl enable --now sluicegate.service sluicegate-{anchor,backup,check,dispose,lists}.timer
  systemctl enable --now sluicegate_review.service      who reads the log: docs/review-service.md
  systemctl enable --now sluicegate_nftables.service    transparent mode: once /etc/sluicegate/nftables.d/ says for whom
EOT
}

tell_how_to_switch() {
  cat <<EOT
installed beside the current release, which is in use as before. Next:
  /opt/sluicegate/$version/sluicegate check
  /opt/sluicegate/$version/sluicegate db upgrade    the current release runs on the new schema too
  $0 --switch $version && systemctl reload sluicegate
Back again: the same with the version before.
EOT
}

read_arguments "$@"
case $action in
  install) install_release ;;
  switch) switch ;;
  uninstall) uninstall ;;
esac
