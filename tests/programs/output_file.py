"""An output file held open over a marked loop, written, flushed at times and closed at the end."""

out = open("samples.csv", "w")
out.write("n,value,sum\n")
total = 0.0
value = 0.5
print("writing")
for n in range(15):  # checkpoint
    value = 3.9 * value * (1 - value)
    total += value
    out.write(f"{n},{value!r},{total!r}\n")
    if n % 4 == 0:
        out.flush()
        print("flushed", n)
out.close()
with open("samples.csv") as written:
    lines = written.read().splitlines()
print(len(lines), lines[-1], out.closed)
