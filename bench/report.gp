# SPDX-License-Identifier: GPL-2.0-only
# The pictures of scripts/report, of the .dat files in the current directory.
# gnuplot -c report.gp PICTURE > PICTURE.svg
set terminal svg size 900,ARG1 eq "boot" ? 620 : 480 dynamic font "sans-serif,13" background "white"
set border lw 0.7
set tics nomirror

# Light to dark, so that they differ in black and white, too.
array leaf[4] = ["4K", "64K", "2M", "32M"]
array shade[4] = ["#08306b", "#2e7ebc", "#9ecae1", "#f0f6fc"]

if (ARG1 eq "boot") {
	set multiplot layout 2,2 title "The linear map through the boot: a realm with 512 MiB and 4 CPUs" offset 0,-0.3
	set style fill solid noborder
	set xtics rotate by 30 right font ",10" noenhanced
	set xrange [0:*] noextend
	set yrange [0:512]
	set ytics 128
	set ylabel "MiB in leaves of"
	set key outside right top samplen 1.5
	array file[4] = ["block", "block-but-cpu3", "pte-first", "pte"]
	array name[4] = ["linear_map=block (auto)", "block, and CPU3 does not tolerate splits", \
			 "linear_map=pte-first", "linear_map=pte"]
	do for [i = 1:4] {
		set title name[i] noenhanced font ",12"
		# Each area down to the axis, and the next one in front of it.
		plot for [k = 4:1:-1] "boot-".file[i].".dat" \
			using 1:(sum [n = 1:k] column(n + 2) / 1024):xtic(stringcolumn(2)) \
			with filledcurves y1=0 title leaf[k] linecolor rgb shade[k], \
			for [k = 4:1:-1] "" using 1:(sum [n = 1:k] column(n + 2) / 1024) \
			with lines lw 0.5 linecolor rgb "black" notitle
	}
	unset multiplot
}

if (ARG1 eq "cost") {
	set title "What the linear map costs until the CPU capabilities are final, 4 CPUs"
	set logscale xy
	set xrange [0.4:80]
	set xtics ("512 MiB" 0.5, "4 GiB" 4, "16 GiB" 16, "64 GiB" 64)
	set format y "10^{%T}"
	set ylabel "instructions: map_mem(), CPU bring-up, splits" noenhanced
	set xlabel "RAM"
	set grid ytics lc rgb "#cccccc"
	set key left top samplen 4 width -2
	plot "cost.dat" \
		   using 1:2 with linespoints lw 2 dt 2 pt 4 lc rgb "#000000" title "before, one CPU does not tolerate splits", \
		"" using 1:6 with linespoints lw 2 dt 4 pt 8 lc rgb "#2e7ebc" title "pte-first, one does not", \
		"" using 1:5 with linespoints lw 2 dt 3 pt 9 lc rgb "#2e7ebc" title "pte-first, all do", \
		"" using 1:4 with linespoints lw 2 dt 1 pt 5 lc rgb "#08306b" title "block (auto), one does not", \
		"" using 1:3 with linespoints lw 2 dt 1 pt 7 lc rgb "#08306b" title "block (auto), all do", \
		"" using 1:7 with linespoints lw 2 dt 2 pt 6 lc rgb "#000000" title "before, all do"
}

if (ARG1 eq "heal") {
	set title "Decay and healing: four times 10,000 areas of secret memory come and go, 1 GiB of RAM"
	set xlabel "seconds since boot"
	set ylabel "RAM in leaves of 2 MiB or more, %"
	set yrange [0:100]
	set grid ytics lc rgb "#cccccc"
	set key below samplen 4
	set bmargin 5.5
	plot "heal-1.dat" using 1:2 with lines lw 2 dt 1 lc rgb "#08306b" title "direct_map.heal=1" noenhanced, \
	     "heal-0.dat" using 1:2 with lines lw 2 dt 2 lc rgb "#2e7ebc" title "direct_map.heal=0" noenhanced, \
	     "unpatched.dat" using 1:2 with lines lw 2 dt 3 lc rgb "#000000" title "before the series"
}
