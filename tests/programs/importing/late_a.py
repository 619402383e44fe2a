for i in range(2):  # checkpoint
    print("late_a", i)
RESULT = "a"
