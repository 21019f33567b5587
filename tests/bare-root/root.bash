# Makes Debian roots, and runs commands in them. To be sourced.
#
# How this machine reaches its mirrors (apt's sources and options, proxies, extra CA certificates) is
# handed on to the root; credentials are not. SUITE names another release than this machine's.

if [[ -z ${SUITE-} ]]; then
	SUITE=$(. /etc/os-release && echo "$VERSION_CODENAME")
fi

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

# make_root DIR [MMDEBSTRAP_OPTION...]: with this machine's sources of the suite, or mmdebstrap's own.
make_root() {
	local root=$1 file option sources=() options=()
	shift
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
		if [[ -f $file ]] && grep -v '^#' "$file" | grep -qw "$SUITE"; then
			sources+=("$file")
		fi
	done
	while read -r option; do
		options+=("--aptopt=$option")
	done < <(apt-config dump | grep -iE '^Acquire::(https?::|Retries|Check-|Languages)')
	mmdebstrap --quiet --variant=apt "${options[@]}" "$@" "$SUITE" "$root" "${sources[@]}"
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
