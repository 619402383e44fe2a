import late_a

RESULT = late_a.RESULT + "b"
for i in range(1):  # checkpoint
    print("late_b", i)
