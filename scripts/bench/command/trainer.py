"""The objective as a program that speaks the protocol."""
import belay
import objective

trial = belay.trial()
objective.misdeed(trial.number)
for split in trial.splits():
    split.done(objective.value(trial.params, split.index))
