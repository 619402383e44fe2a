value = []
for i in range(2):  # checkpoint
    value.append(i)
    print("pkg", i)
