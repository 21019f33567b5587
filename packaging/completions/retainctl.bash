# bash completion for retainctl

_retainctl_clusters() {
	# Names and ids from the policy in force, or from the file that --policy names.
	local file=/etc/retaind/policy.yaml i
	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == --policy || ${COMP_WORDS[i]} == -p ]] && file=${COMP_WORDS[i + 1]}
	done
	retainctl show "$file" 2>/dev/null | sed -nE 's/^(  - id|    name): *"?([^" ]+)"? *$/\2/p'
}

_retainctl() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]} words=
	local commands="check show evaluate calendar forecast diff status plan approve backup prune history health doctor report reload help"

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$current")
		return
	fi
	case $previous in
	--policy | -p | --old | --svg | --html | --config | --socket)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	--sets | -s)
		[[ $command != history ]] || return
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -W "-" -- "$current")
		return
		;;
	--cluster | -c)
		mapfile -t COMPREPLY < <(compgen -W "$(_retainctl_clusters)" -- "$current")
		return
		;;
	--timezone | -z)
		mapfile -t COMPREPLY < <(compgen -W "$(timedatectl list-timezones 2>/dev/null)" -- "$current")
		return
		;;
	--set | --now | --after | -a | --number | -n | --from | --for | --miss | --seed | --down | --cloud-retention | --size) return ;;
	esac
	case $command in
	help) words=$commands ;;
	check) ;;
	show) words="--cluster" ;;
	evaluate) words="--policy --cluster --sets --now --cloud-retention --json" ;;
	calendar) words="--timezone --after --number --json" ;;
	forecast) words="--policy --cluster --sets --from --for --miss --seed --down --cloud-retention --size --svg --json" ;;
	diff) words="--policy --old --cluster --sets --now --json" ;;
	report) words="--html --policy --sets --now --socket" ;;
	status) words="--watch --json --socket" ;;
	health) words="--cluster --json --socket" ;;
	doctor) words="--cluster --config --json --socket" ;;
	reload) words="--json --socket" ;;
	plan | approve) words="--json --socket" ;;
	backup | prune) words="--wait --json --socket" ;;
	history) words="--set --number --json --socket" ;;
	*) return ;;
	esac
	if [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$words --help" -- "$current")
		return
	fi
	case $command in
	help) ((COMP_CWORD > 2)) || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current") ;;
	check | show)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		;;
	plan | approve | backup | prune | history)
		mapfile -t COMPREPLY < <(compgen -W "$(_retainctl_clusters)" -- "$current")
		;;
	esac
}

complete -F _retainctl retainctl
