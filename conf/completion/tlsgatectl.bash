# bash completion for tlsgatectl(8). Names of schedules come from the plan that runs.

_tlsgatectl_names() {
    tlsgatectl schedule --json 2>/dev/null | sed -n 's/^      "name": "\(.*\)",\{0,1\}$/\1/p'
}

_tlsgatectl() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command= word i
    local commands='schedule check simulate suspend trial resume postpone exempt hash status follow'
    local options='--state --store --httpd --config --help --version'
    COMPREPLY=()
    case $prev in
        --state | --config) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --httpd) COMPREPLY=($(compgen -c -- "$cur")); return ;;
        --protocol) COMPREPLY=($(compgen -W 'SSLv3 TLSv1 TLSv1.1 TLSv1.2 TLSv1.3 cleartext unknown' -- "$cur")); return ;;
        --store | --until | --for | --cutoff | --reason | --by | --owner | --at | --client) return ;;
    esac
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
            --state | --store | --httpd | --config) ((i++)) ;;
            -*) ;;
            *) command=$word; break ;;
        esac
    done
    case $command in
        '') options="$options $commands" ;;
        schedule) options="$options --at --json" ;;
        check) ;;
        simulate) options="$options --at --protocol --client --handshake --json" ;;
        suspend) options="$options --all --until --for --reason --by --yes --dry-run --json" ;;
        trial) options="$options --all --until --for --reason --by --yes --dry-run --json" ;;
        resume) options="$options --reason --by --yes --dry-run --json" ;;
        postpone) options="$options --cutoff --reason --by --yes --dry-run --json" ;;
        exempt)
            options="$options --until --for --reason --by --owner --yes --dry-run --json"
            [[ $prev == exempt ]] && options="$options add remove list"
            ;;
        hash) ;;
        status) options="$options --json" ;;
        follow) ;;
    esac
    case $command in
        schedule | simulate | suspend | trial | resume | postpone | exempt)
            [[ $cur != -* && $prev != exempt ]] && options="$options $(_tlsgatectl_names)"
            ;;
    esac
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
}

complete -F _tlsgatectl tlsgatectl
