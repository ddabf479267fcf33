"""The objective as a program that speaks the protocol."""
import belay
import objective

trial = belay.trial()
for split in trial.splits():
    objective.misdeed(trial.number)
    split.done(objective.value(trial.params, split.index))
