#compdef belay
# Completes the words of belay in zsh. In ~/.zshrc, below the line that calls compinit:
#
#   source <(belay completion zsh)
#
# Or as a file in a folder of $fpath, to be written again after an update of Belay or Node:
#
#   belay completion zsh > ~/.zsh/completions/_belay

_belay() {
  local line word describe
  local -a answer endings found ending
  answer=("${(@f)$({{program}} $((CURRENT - 1)) "${(@)words[1,CURRENT-1]}" "$PREFIX" "${(@)words[CURRENT+1,-1]}" 2>/dev/null)}")
  [[ -n ${answer[1]} ]] || return 1
  if [[ ${answer[1]} == files* ]]; then
    [[ $PREFIX == --*=* ]] && compset -P 1 '*='
    endings=(${=answer[1]#files})
    if (( $#endings )); then
      _files -g "*.(${(j:|:)endings})"
    else
      _files
    fi
    return
  fi
  for line in "${(@)answer[2,-1]}"; do
    word=${line%%$'\t'*}
    describe=${line#*$'\t'}
    # A colon would begin the description.
    found+=("${word//:/\\:}${describe:+:$describe}")
  done
  [[ ${answer[1]} == open ]] && ending=(-S '')
  _describe -t words belay found "${ending[@]}"
}

if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
  _belay "$@"
else
  compdef _belay belay
fi
