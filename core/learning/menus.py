"""The names that settings offer, without torch: each is a row of the table of the same name beside the functions."""

OPTIMISERS = ("adamw", "sgd")
SCHEDULES = ("one_cycle", "cosine", "constant")
AUGMENTATIONS = ("none", "flip", "crop")  # of labelled pictures
VIEWS = ("none", "flip", "crop", "small_crop", "jitter", "colour", "blur")  # of methods that compare views
PRECISIONS = ("auto", "float32", "bfloat16")
