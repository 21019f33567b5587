# bash completion for retainctl

# The lines of standard input that begin with the word at hand. What is read is data: compgen -W would
# run what stands in it.
_retainctl_offer() {
	local line
	while IFS= read -r line; do
		[[ $line == "$current"* ]] && COMPREPLY+=("$line")
	done
}

# What the daemon knows, or the file that --policy names. The words are the user's own, as typed.
_retainctl_known() {
	local i given=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--policy | -p) [[ $1 == clusters ]] && given+=(--policy "${COMP_WORDS[i + 1]}") ;;
		--socket) given+=(--socket "${COMP_WORDS[i + 1]}") ;;
		esac
	done
	_retainctl_offer < <(retainctl complete "${given[@]}" -- "$@" 2>/dev/null)
}

_retainctl_files() {
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$current")
}

_retainctl() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]} words=
	local commands="check show evaluate calendar forecast diff status plan sets approve backup prune hold release protect unprotect restore proved history health doctor report notify record reload help"

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$current")
		return
	fi
	case $previous in
	--policy | -p | --old | --svg | --html | --config | --socket)
		_retainctl_files
		return
		;;
	--sets | -s)
		[[ $command == history ]] || _retainctl_files
		return
		;;
	--cluster | -c)
		_retainctl_known clusters
		return
		;;
	--sort)
		mapfile -t COMPREPLY < <(compgen -W "worst age name size" -- "$current")
		return
		;;
	--timezone | -z)
		_retainctl_offer < <(timedatectl list-timezones 2>/dev/null)
		return
		;;
	--set | --at | --by | --since | --timeout | --until | --keep-until | --reason | --now | --after | -a | --number | -n | --from | --for | --miss | --seed | --down | --cloud-retention | --log-retention | --size) return ;;
	esac
	case $command in
	help) words=$commands ;;
	check) words="--json" ;;
	show) words="--cluster --no-pager" ;;
	evaluate) words="--policy --cluster --sets --now --cloud-retention --log-retention --json --wide --no-pager" ;;
	calendar) words="--timezone --after --number --json --no-pager" ;;
	forecast) words="--policy --cluster --sets --from --for --miss --seed --down --cloud-retention --log-retention --size --svg --json --no-pager" ;;
	diff) words="--policy --old --cluster --sets --now --log-retention --json --no-pager" ;;
	report) words="--html --policy --sets --now --socket" ;;
	status) words="--not-well --sort --all --watch --json --wide --no-pager --socket" ;;
	health) words="--cluster --json --socket" ;;
	doctor) words="--cluster --config --all --json --no-pager --socket" ;;
	notify) words="--test --json --socket" ;;
	record) words="--cluster --socket" ;;
	reload) words="--json --socket" ;;
	plan | sets) words="--json --wide --no-pager --socket" ;;
	approve) words="--all --yes --json --wide --socket" ;;
	backup) words="--wait --timeout --keep-until --reason --json --socket" ;;
	prune) words="--wait --timeout --json --socket" ;;
	hold | protect) words="--until --reason --json --socket" ;;
	release | unprotect) words="--json --socket" ;;
	proved) words="--by --json --socket" ;;
	restore) words="--at --set --json --no-pager --socket" ;;
	history) words="--since --failed --sets --set --number --json --wide --no-pager --socket" ;;
	*) return ;;
	esac
	if [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$words --help" -- "$current")
		return
	fi
	case $command in
	help) ((COMP_CWORD > 2)) || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current") ;;
	check | show | record) _retainctl_files ;;
	approve)
		if ((COMP_CWORD == 3)); then
			_retainctl_known plan "$previous"
		else
			_retainctl_known clusters
		fi
		;;
	protect | unprotect | proved) ((COMP_CWORD > 2)) || _retainctl_known clusters ;;
	status | plan | sets | backup | prune | hold | release | restore | history) _retainctl_known clusters ;;
	esac
}

complete -F _retainctl retainctl
