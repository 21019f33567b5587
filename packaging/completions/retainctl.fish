# fish completion for retainctl

# The value of an option that stands on the line already.
function __retainctl_value
    set --local words (commandline --tokenize --current-process)
    for i in (seq (count $words))
        string match --quiet -- "--$argv[1]=*" $words[$i]; and string replace -- "--$argv[1]=" '' $words[$i]; and return
        test "$words[$i]" = "--$argv[1]"; and test $i -lt (count $words); and echo -- $words[(math $i + 1)]; and return
    end
end

function __retainctl_complete
    set --local socket (__retainctl_value socket)
    retainctl complete (test -n "$socket"; and echo -- --socket=$socket) $argv 2>/dev/null
end

function __retainctl_clusters
    set --local policy (__retainctl_value policy)
    __retainctl_complete (test -n "$policy"; and echo -- --policy=$policy) clusters
end

function __retainctl_plans
    set --local words (commandline --tokenize --cut-at-cursor --current-process)
    test (count $words) -eq 3; and __retainctl_complete plan -- $words[3]
end

function __retainctl_in
    set --local words (commandline --tokenize --cut-at-cursor --current-process)
    test (count $words) -ge 2; and contains -- $words[2] $argv
end

# In one of these commands, with no operand yet.
function __retainctl_first
    set --local words (commandline --tokenize --cut-at-cursor --current-process)
    __retainctl_in $argv; and test (count (string match --invert -- '-*' $words)) -eq 2
end

complete --command retainctl --no-files
complete --command retainctl --condition __fish_use_subcommand --arguments check --description 'check policy files'
complete --command retainctl --condition __fish_use_subcommand --arguments show --description 'show the effective policy'
complete --command retainctl --condition __fish_use_subcommand --arguments evaluate --description 'judge saved backup sets'
complete --command retainctl --condition __fish_use_subcommand --arguments calendar --description 'show when an expression fires'
complete --command retainctl --condition __fish_use_subcommand --arguments forecast --description 'play schedule and policy forward'
complete --command retainctl --condition __fish_use_subcommand --arguments diff --description 'show what a change of policy would do'
complete --command retainctl --condition __fish_use_subcommand --arguments status --description 'show how the clusters are'
complete --command retainctl --condition __fish_use_subcommand --arguments plan --description 'show what would go, and why'
complete --command retainctl --condition __fish_use_subcommand --arguments sets --description 'show the backup sets of a cluster'
complete --command retainctl --condition __fish_use_subcommand --arguments restore --description 'show the way back to a moment'
complete --command retainctl --condition __fish_use_subcommand --arguments proved --description 'note that a restore was tried'
complete --command retainctl --condition __fish_use_subcommand --arguments approve --description 'let a large plan go'
complete --command retainctl --condition __fish_use_subcommand --arguments backup --description 'take a backup now'
complete --command retainctl --condition __fish_use_subcommand --arguments prune --description 'delete what may go now'
complete --command retainctl --condition __fish_use_subcommand --arguments hold --description 'stop the deletes'
complete --command retainctl --condition __fish_use_subcommand --arguments release --description 'let the deletes go on'
complete --command retainctl --condition __fish_use_subcommand --arguments protect --description 'keep one set'
complete --command retainctl --condition __fish_use_subcommand --arguments unprotect --description 'let the rules decide on a set'
complete --command retainctl --condition __fish_use_subcommand --arguments history --description 'show what the daemon did'
complete --command retainctl --condition __fish_use_subcommand --arguments health --description 'tell whether all is well'
complete --command retainctl --condition __fish_use_subcommand --arguments doctor --description 'tell what works and what to do'
complete --command retainctl --condition __fish_use_subcommand --arguments report --description 'draw a page of all clusters'
complete --command retainctl --condition __fish_use_subcommand --arguments notify --description 'try the sinks'
complete --command retainctl --condition __fish_use_subcommand --arguments record --description 'write down what the cloud answers'
complete --command retainctl --condition __fish_use_subcommand --arguments reload --description 'read the policy again'
complete --command retainctl --condition __fish_use_subcommand --arguments help --description 'tell more about a command'
complete --command retainctl --condition __fish_use_subcommand --long-option version --description 'show the version'
complete --command retainctl --long-option help --short-option h --description 'tell more'

complete --command retainctl --condition '__retainctl_in help' --arguments 'check show evaluate calendar forecast diff status plan sets approve backup prune hold release protect unprotect restore proved history health doctor report notify record reload'
complete --command retainctl --condition '__retainctl_in check show record' --force-files
complete --command retainctl --condition '__retainctl_in status plan sets backup prune hold release protect unprotect restore proved history; or __retainctl_first approve' --arguments '(__retainctl_clusters)'
complete --command retainctl --condition '__retainctl_in approve' --arguments '(__retainctl_plans)'
complete --command retainctl --condition '__retainctl_in show evaluate forecast diff health doctor record' --long-option cluster --short-option c --exclusive --arguments '(__retainctl_clusters)' --description 'by id or name'
complete --command retainctl --condition '__retainctl_in evaluate forecast diff report' --long-option policy --short-option p --require-parameter --force-files --description 'the policy file'
complete --command retainctl --condition '__retainctl_in evaluate forecast diff report' --long-option sets --short-option s --require-parameter --force-files --description 'saved replies of DescribeBackups'
complete --command retainctl --condition '__retainctl_in evaluate diff report' --long-option now --exclusive --description 'evaluate as if it were then'
complete --command retainctl --condition '__retainctl_in calendar' --long-option timezone --short-option z --exclusive --arguments '(timedatectl list-timezones 2>/dev/null)' --description 'of an expression that names none'
complete --command retainctl --condition '__retainctl_in calendar' --long-option after --short-option a --exclusive --description 'begin after this instant'
complete --command retainctl --condition '__retainctl_in calendar history' --long-option number --short-option n --exclusive --description 'how many'
complete --command retainctl --condition '__retainctl_in history' --long-option set --short-option s --exclusive --description 'only what became of this set'
complete --command retainctl --condition '__retainctl_in history' --long-option since --exclusive --description 'not what is older'
complete --command retainctl --condition '__retainctl_in history' --long-option failed --description 'what went wrong'
complete --command retainctl --condition '__retainctl_in history' --long-option sets --description 'a line for each set'
complete --command retainctl --condition '__retainctl_in restore' --long-option at --require-parameter --no-files --description 'the moment'
complete --command retainctl --condition '__retainctl_in proved' --long-option by --require-parameter --no-files --description 'who tried it'
complete --command retainctl --condition '__retainctl_in restore' --long-option set --short-option s --require-parameter --no-files --description 'this set'
complete --command retainctl --condition '__retainctl_in doctor' --long-option config --require-parameter --force-files --description 'the policy file'
complete --command retainctl --condition '__retainctl_in backup prune' --long-option wait --short-option w --description 'until it is done'
complete --command retainctl --condition '__retainctl_in backup prune' --long-option timeout --exclusive --description 'wait no longer than that'
complete --command retainctl --condition '__retainctl_in hold protect' --long-option until --exclusive --description 'until then'
complete --command retainctl --condition '__retainctl_in backup' --long-option keep-until --exclusive --description 'protect the set until then'
complete --command retainctl --condition '__retainctl_in hold protect backup' --long-option reason --exclusive --description 'why'
complete --command retainctl --condition '__retainctl_in check evaluate calendar forecast diff status plan sets approve backup prune hold release protect unprotect restore proved history health doctor notify reload' --long-option json --description 'as JSON'
complete --command retainctl --condition '__retainctl_in status plan sets approve backup prune hold release protect unprotect restore proved history health doctor report notify record reload' --long-option socket --require-parameter --force-files --description 'of the daemon'
complete --command retainctl --condition '__retainctl_in forecast' --long-option from --exclusive --description 'begin then'
complete --command retainctl --condition '__retainctl_in forecast' --long-option for --exclusive --description 'go on for so long'
complete --command retainctl --condition '__retainctl_in forecast' --long-option miss --exclusive --description 'slots that give no backup'
complete --command retainctl --condition '__retainctl_in forecast' --long-option seed --exclusive --description 'in another way'
complete --command retainctl --condition '__retainctl_in forecast' --long-option down --exclusive --description 'no backups in this time'
complete --command retainctl --condition '__retainctl_in evaluate forecast' --long-option cloud-retention --exclusive --description 'the cloud takes a set at this age'
complete --command retainctl --condition '__retainctl_in evaluate forecast diff' --long-option log-retention --exclusive --description 'the cloud keeps the log for so long'
complete --command retainctl --condition '__retainctl_in forecast' --long-option size --exclusive --description 'of a set'
complete --command retainctl --condition '__retainctl_in forecast' --long-option svg --require-parameter --force-files --description 'draw the picture'
complete --command retainctl --condition '__retainctl_in diff' --long-option old --require-parameter --force-files --description 'the policy file as it is'
complete --command retainctl --condition '__retainctl_in report' --long-option html --require-parameter --force-files --description 'where the page goes'
complete --command retainctl --condition '__retainctl_in status' --long-option watch --short-option w --description 'show it again and again'
complete --command retainctl --condition '__retainctl_in status' --long-option not-well --description 'only clusters that are not well'
complete --command retainctl --condition '__retainctl_in status' --long-option sort --exclusive --arguments 'worst age name size' --description 'in this order'
complete --command retainctl --condition '__retainctl_in status doctor approve' --long-option all --short-option a --description 'all of them'
complete --command retainctl --condition '__retainctl_in approve' --long-option yes --short-option y --description 'do not ask'
complete --command retainctl --condition '__retainctl_in status plan sets evaluate approve history' --long-option wide --description 'whole cells'
complete --command retainctl --condition '__retainctl_in show evaluate calendar forecast diff status plan sets restore doctor history' --long-option no-pager --description 'all at once'
complete --command retainctl --condition '__retainctl_in notify' --long-option test --description 'one message to each sink'
