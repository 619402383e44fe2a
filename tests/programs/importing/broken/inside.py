def work():
    for i in range(2):  # checkpoint
        print("broken", i)
    import does_not_exist_at_all

    return does_not_exist_at_all


work()
