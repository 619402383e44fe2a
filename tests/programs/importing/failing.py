for i in range(3):  # checkpoint
    print("failing", i)
    if i == 1:
        raise ValueError(i)
