one = 1
while one < 3:  # checkpoint
    one += 1
two = [x for x in range(one)]
