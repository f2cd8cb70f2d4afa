"""The hub: takes in what agencies publish, decides who may know what, records it, and delivers it."""
