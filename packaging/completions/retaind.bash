# bash completion for retaind

_retaind()
{
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	case $previous in
	--config | --state | --socket)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	--log-level)
		mapfile -t COMPREPLY < <(compgen -W "error warning notice info debug" -- "$current")
		return
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "--config --state --socket --once --dry-run --log-level --help --version" -- "$current")
}

complete -F _retaind retaind
