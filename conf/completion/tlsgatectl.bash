# bash completion for tlsgatectl(8). The program itself says what can follow.

_tlsgatectl() {
    local cur=${COMP_WORDS[COMP_CWORD]} word
    local -a typed=() offered=()
    # bash makes a word of its own of the sign in --NAME=VALUE.
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ $word == = ]] || typed+=("$word")
    done
    [[ $cur == = ]] && cur=
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        case $word in
            :file) COMPREPLY+=($(compgen -f -- "$cur")) ;;
            :program) COMPREPLY+=($(compgen -c -- "$cur")) ;;
            :user) COMPREPLY+=($(compgen -u -- "$cur")) ;;
            "$cur"*) COMPREPLY+=("$word") ;;
        esac
    done < <("${COMP_WORDS[0]}" complete -- "${typed[@]}" "$cur" 2>/dev/null)
}

complete -F _tlsgatectl tlsgatectl
