# Completes the words of belay in fish. In ~/.config/fish/config.fish:
#
#   belay completion fish | source
#
# Or as a file, to be written again after an update of Belay or Node:
#
#   belay completion fish > ~/.config/fish/completions/belay.fish

function __belay_complete
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    set -l answer ({{program}} (count $typed) $typed "$current" 2>/dev/null)
    test (count $answer) -gt 0; or return
    set -l kind (string split ' ' -- $answer[1])
    if test $kind[1] = files
        set -l head (string match -r -- '^--[^=]*=' "$current")
        set -l value (string replace -r -- '^--[^=]*=' '' "$current")
        set -l endings (string join '|' -- $kind[2..-1])
        # What fish itself offers behind a command of which it knows nothing are files.
        for path in (complete -C "__belay_files $value")
            set -l file (string split -m 1 \t -- $path)
            if test -z "$endings"; or string match -qr -- "(/|\.($endings))\$" $file[1]
                echo "$head$file[1]"
            end
        end
        return
    end
    printf '%s\n' $answer[2..-1]
end

complete -c belay -e
complete -c belay -f -k -a '(__belay_complete)'
