# Makes Debian roots, and runs commands in them. To be sourced.
#
# How this machine reaches its mirrors (apt's sources and options, proxies, extra CA certificates) is
# handed on to the root; credentials are not. SUITE names another release than this machine's, of the
# same distribution: it is looked for where this machine's comes from.

own_suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
SUITE=${SUITE:-$own_suite}

# need_command COMMAND...: ends the program if one is missing.
need_command() {
	local command
	for command in "$@"; do
		if ! command -v "$command" >/dev/null; then
			echo "${0##*/}: needs $command (apt-get install mmdebstrap systemd-container)" >&2
			exit 1
		fi
	done
}

# apt_sources SUITE: the files of this machine's sources that name it, one a line.
apt_sources() {
	local file
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
		if [[ -f $file ]] && grep -v '^#' "$file" | grep -qw "$1"; then
			echo "$file"
		fi
	done
}

# make_root DIR [MMDEBSTRAP_OPTION...]: from this machine's sources of the suite. If it has none, from
# those of its own suite, with the other name in them.
make_root() {
	local root=$1 file option derived sources=() options=() status=0
	shift
	derived=$(mktemp -d)
	mapfile -t sources < <(apt_sources "$SUITE")
	if [[ ${#sources[@]} == 0 ]]; then
		while read -r file; do
			sed "s/\\b$own_suite\\b/$SUITE/g" "$file" >"$derived/${file##*/}"
			sources+=("$derived/${file##*/}")
		done < <(apt_sources "$own_suite")
	fi
	while read -r option; do
		options+=("--aptopt=$option")
	done < <(apt-config dump | grep -iE '^Acquire::(https?::|Retries|Check-|Languages)')
	mmdebstrap --quiet --variant=apt "${options[@]}" "$@" "$SUITE" "$root" "${sources[@]}" || status=$?
	rm -r "$derived"
	return $status
}

# run_in_root DIR [NSPAWN_OPTION...] COMMAND...: in it, with this machine's network. Not booted.
run_in_root() {
	local root=$1 variable settings=()
	shift
	for variable in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
		[[ -z ${!variable-} ]] || settings+=("--setenv=$variable=${!variable}")
	done
	systemd-nspawn --quiet --directory="$root" --machine="bare-$$" --register=no --keep-unit --pipe \
		--resolv-conf=copy-host --timezone=off --bind-ro=/etc/hosts --setenv=LANG=C.UTF-8 \
		"${settings[@]}" "$@" </dev/null
}
