# fish completion for retaind

complete -c retaind -f
complete -c retaind -l config -r -F -d 'the policy'
complete -c retaind -l state -r -F -d 'what has to survive a restart'
complete -c retaind -l socket -r -F -d 'where retainctl finds the daemon'
complete -c retaind -l once -d 'one cycle for every cluster, then exit'
complete -c retaind -l dry-run -d 'nothing is changed in the cloud or on disk'
complete -c retaind -l log-level -x -a 'error warning notice info debug' -d 'the least important messages that are written'
complete -c retaind -l help -d 'a summary of the options'
complete -c retaind -l version -d 'print the version and exit'
