# Hundreds of thousands of questions to the policy, and the same ones to another algorithm:
# phases are painted cell by cell into a string, the strongest last, and then
# read as characters. Schedules are random, and some of them are wrong. Each question is
# about a client, which may be exempt, and often about two schedules at once; the questions are
# about the action, and everything that is shown of it: the phase and the next one, the sunset,
# the next trial, when to retry, and from when handshakes fail.
use strict;
use warnings;

use Digest::SHA qw(sha256);
use lib 't/lib';
use File::Temp qw(tempdir);
use Test::More;
use TlsGate::Long qw(short_or_long);

my $DRIVER = ($ENV{BUILD} || 'build') . '/unit/oracle';
my $SEED   = $ENV{TLSGATE_ORACLE_SEED} // int(rand(2**31));
my $PAIRS  = short_or_long(400_000, 1_000_000);
my $CELLS  = 400;    # the length of the string
my %PHASE  = map { substr($_, 0, 1) => $_ } qw(observe announced grace trial cutoff refuse);

# --- the schedule as the cells of a string ------------------------------------
# A schedule is { announce cutoff refuse trials graces traits kind until from to },
# every instant a cell from 0 to $CELLS, undef if it is not set.

sub paint { my ($line, $char, $start, $end) = @_;
    $end = $CELLS if $end > $CELLS;
    substr($$line, $start, $end - $start) = $char x ($end - $start) if $start < $end;
}

# Every occurrence of a trial as [start, end).
sub occurrences { my ($t) = @_;
    return [@$t{qw(start end)}] unless $t->{every};
    my @found;
    for (my $s = $t->{start}; $s < $t->{until}; $s += $t->{every}) {
        my $e = $s + $t->{end} - $t->{start};
        push @found, [$s, $e < $t->{until} ? $e : $t->{until}];
    }
    return @found;
}

# Schedules that section 3 of the design refuses.
sub is_valid { my ($s) = @_;
    my ($cutoff) = sort { $a <=> $b } grep { defined } @$s{qw(cutoff refuse)};
    my $end = $cutoff // $CELLS;
    my (@trial, @grace) = ();
    return 0 if $s->{traits} eq '';
    return 0 if defined $s->{refuse} && $s->{traits} =~ /any|cleartext|expr/;
    return 0 if defined $s->{announce} && $s->{announce} > $end;
    return 0 if defined $s->{refuse} && defined $s->{cutoff} && $s->{refuse} < $s->{cutoff};
    for my $t (@{ $s->{trials} }) {
        return 0 if $t->{start} >= $t->{end} || $t->{share} < 1 || $t->{share} > 100;
        return 0 if !$t->{every} != !$t->{until};
        return 0 if $t->{every} && $t->{every} < $t->{end} - $t->{start};
        return 0 if $t->{every} && $t->{until} <= $t->{start};
        for my $w (occurrences($t)) {
            $trial[$_]++ for $w->[0] .. $w->[1] - 1;
        }
    }
    for my $g (@{ $s->{graces} }) {
        return 0 if $g->[0] >= $g->[1] || !defined $cutoff || $g->[0] < $cutoff;
        return 0 if defined $s->{refuse} && $g->[1] > $s->{refuse};
        $grace[$_]++ for $g->[0] .. $g->[1] - 1;
    }
    return !(grep { ($_ // 0) > 1 } @trial, @grace) && !grep { defined } @trial[$end .. $#trial];
}

# The dates in force: (cutoff, refuse) with a postponement counted in.
sub dates { my ($s) = @_;
    my ($cutoff, $refuse) = ($s->{cutoff} // $s->{refuse}, $s->{refuse});
    if (defined $cutoff && defined $s->{from} && $s->{from} == $cutoff && $s->{to} > $cutoff) {
        $cutoff = $s->{to};
        $refuse = $cutoff if defined $refuse && $refuse < $cutoff;
    }
    return ($cutoff, $refuse);
}

sub line_of { my ($s, $bucket) = @_;
    my ($cutoff, $refuse) = dates($s);
    # An exempt client is identified only by its request, so until then no handshake is refused.
    for my $e (grep { $_->{who} ne 'network' } @{ $s->{exempt} }) {
        $refuse = $e->{until} if defined $refuse && $refuse < $e->{until};
    }
    my $line = 'o' x $CELLS;
    paint(\$line, 'a', $s->{announce} // 0, $CELLS);
    for my $t (grep { $bucket < $_->{share} } @{ $s->{trials} }) {
        paint(\$line, 't', @$_) for occurrences($t);
    }
    paint(\$line, 'c', $cutoff, $CELLS) if defined $cutoff;
    paint(\$line, 'g', @$_) for grep { $_->[0] >= $cutoff } @{ $s->{graces} };
    paint(\$line, 'r', $refuse, $CELLS) if defined $refuse;
    substr($line, 0, $s->{until}) =~ tr/tcr/ggg/ if $s->{kind} eq 'suspend';
    substr($line, 0, $s->{until}) =~ tr/oag/ttt/ if $s->{kind} eq 'trial';
    return $line;
}

# --- random schedules -----------------------------------------------------------
sub cell { my ($low, $high) = @_; return $low + int(rand($high - $low + 1)) }
sub one_of { return $_[rand @_] }

sub window { my ($low, $high) = @_;
    my ($start, $end) = sort { $a <=> $b } cell($low, $high - 1), cell($low, $high - 1);
    return ($start, $end + 1);
}

sub random_trial { my ($low, $high) = @_;
    my ($start, $end) = window($low, $high);
    my %t = (start => $start, end => $end, share => one_of(100, 100, 1, 25, cell(1, 100)));
    if (rand() < 0.4) {
        $t{end} = $start + cell(1, 8) if $t{end} > $start + 8;
        $t{every} = $t{end} - $start + one_of(0, 1, cell(0, 20));
        $t{until} = cell($start + 1, $high);
    }
    return \%t;
}

sub random_schedule {
    my @stops = sort { $a <=> $b } map { cell(10, $CELLS - 10) } 1 .. 6;
    my %s     = (kind => '', trials => [], graces => [], exempt => []);
    $s{cutoff} = $stops[3] if rand() < 0.8;
    $s{refuse} = one_of(@stops[3 .. 5], $stops[5]) if rand() < 0.5;
    $s{announce} = cell(10, $s{cutoff} // $s{refuse} // $CELLS - 10) if rand() < 0.7;
    $s{traits} = one_of('TLSv1', 'TLSv1.1 SSLv3', 'kx=RSA', $s{refuse} ? () : qw(any expr=true));
    for my $i (0 .. 2) {
        next if $stops[$i] == $stops[$i + 1] || rand() < 0.3;
        push @{ $s{trials} }, random_trial(@stops[$i, $i + 1]);
    }
    for my $i (3, 4) {
        my $high = $s{refuse} && $s{refuse} < $stops[$i + 1] ? $s{refuse} : $stops[$i + 1];
        next if !$s{cutoff} || $stops[$i] >= $high || rand() < 0.4;
        push @{ $s{graces} }, [window($stops[$i], $high)];
    }
    @s{qw(trials graces)} = map { [sort { rand() <=> 0.5 } @$_] } @s{qw(trials graces)};
    override(\%s) if rand() < 0.6;
    spoil(\%s)    if rand() < 0.25;
    return \%s;
}

# The dates, except the repetitions of a trial.
sub edges { my ($s) = @_;
    my @trials = map { @$_{qw(start end)} } @{ $s->{trials} };
    return grep { defined } @$s{qw(announce cutoff refuse)}, @trials, map { @$_ } @{ $s->{graces} };
}

sub override { my ($s) = @_;
    my @dates  = (cell(10, $CELLS - 10), edges($s));
    my $cutoff = $s->{cutoff} // $s->{refuse};
    if (rand() < 0.7) {
        $s->{kind}  = one_of(qw(suspend trial));
        $s->{until} = one_of(@dates);
        $s->{since} = one_of(@dates);
    }
    if (rand() < 0.5) {
        $s->{from} = one_of($cutoff // (), $cutoff // (), one_of(@dates));
        $s->{to}   = one_of(@dates);
    }
}

# Up to three exemptions, of these clients, of another, or of the network of all.
sub exemptions { my ($s, @clients) = @_;
    my @dates = (cell(10, $CELLS - 10), edges($s), grep { defined } $s->{until}, $s->{to});
    return map { { who => one_of(@clients, 'account:another', 'network'), until => one_of(@dates) } }
        1 .. one_of(0, 0, 1, 2, 3);
}

# A random change that may make the schedule invalid.
sub spoil { my ($s) = @_;
    my ($t, $g) = (one_of(@{ $s->{trials} }), one_of(@{ $s->{graces} }));
    my @ways = (
        sub { $s->{ one_of(qw(announce cutoff refuse)) } = cell(10, $CELLS - 10) },
        sub { $s->{traits} = one_of('', 'kx=DHE', 'any', 'cleartext', 'expr=true') },
        sub { push @{ $s->{trials} }, random_trial(10, $CELLS - 10) },
        sub { push @{ $s->{graces} }, [window(10, $CELLS - 10)] },
        $t ? (sub { $t->{ one_of(qw(start end)) } = cell(10, $CELLS - 10) },
              sub { $t->{share} = one_of(0, 101, 200) },
              sub { @$t{qw(every until)} = (cell(1, 9), $t->{start} + cell(-2, 20)) },
              sub { delete $t->{ one_of(qw(every until)) } }) : (),
        $g ? sub { $g->[ one_of(0, 1) ] = cell(10, $CELLS - 10) } : (),
    );
    one_of(@ways)->();
}

# --- the same schedule as text ----------------------------------------------------
my ($base, $unit);    # the instant of cell 0, and how many seconds a cell has

sub instant { my ($cell) = @_;
    my $t = $base + $cell * $unit;
    my $offset = one_of(0, 0, 60, 330, -480, 345, -210, 1439, -1439);
    my ($sec, $min, $hour, $day, $mon, $year) = gmtime($t + 60 * $offset);
    my $minutes = abs $offset;
    my $date = sprintf '%04d-%02d-%02d', $year + 1900, $mon + 1, $day;
    my $time = sprintf '%02d:%02d', $hour, $min;
    $time .= sprintf ':%02d', $sec if $sec || rand() < 0.5;
    my $zone = sprintf '%s%02d:%02d', $offset < 0 ? '-' : '+', $minutes / 60, $minutes % 60;
    return $date . one_of(qw(T T T t)) . $time . ($offset ? $zone : one_of(qw(Z Z z +00:00)));
}

sub duration { my ($cells) = @_;
    my $s = $cells * $unit;
    return 'P' . $s / 604800 . 'W' if $s % 604800 == 0 && $s;
    return "PT${s}S" if rand() < 0.3;
    my @date = (int($s / 86400) . 'D') x ($s >= 86400);
    my @time = grep { !/^0/ } int($s / 3600) % 24 . 'H', int($s / 60) % 60 . 'M', $s % 60 . 'S';
    return join '', 'P', @date, @time || !@date ? ('T', @time ? @time : '0S') : ();
}

sub interval { my ($start, $end) = @_;
    my $is_duration = $end >= $start && rand() < 0.5;
    return instant($start) . '/' . ($is_duration ? duration($end - $start) : instant($end));
}

sub trial_line { my ($t) = @_;
    my $line = 'TlsGateTrial ' . interval(@$t{qw(start end)});
    $line .= ' every=' . duration($t->{every}) if $t->{every};
    $line .= ' until=' . instant($t->{until})  if $t->{until};
    $line .= " share=$t->{share}%"             if $t->{share} != 100;
    return $line;
}

sub lines { my ($s) = @_;
    my @lines;
    push @lines, "TlsGateDeprecate $s->{traits}" if $s->{traits} ne '';
    for my $date (grep { defined $s->{ lc $_ } } qw(Announce Cutoff Refuse)) {
        push @lines, "TlsGate$date " . instant($s->{ lc $date });
    }
    push @lines, map { trial_line($_) } @{ $s->{trials} };
    push @lines, map { 'TlsGateGrace ' . interval(@$_) } @{ $s->{graces} };
    push @lines, join ' ', $s->{kind}, map { instant($_) } @$s{qw(until since)} if $s->{kind};
    push @lines, join ' ', 'postpone', map { instant($_) } @$s{qw(from to)} if defined $s->{from};
    return (@lines, 'finish');
}

# --- questions and answers ----------------------------------------------------------
sub seconds { my ($cell) = @_;
    return defined $cell && $cell < $CELLS ? $base + $cell * $unit : 'never';
}

# The same string for one client: s where it is served although the phase rejects.
sub exempt_line { my ($line, @exempt) = @_;
    substr($line, 0, $_->{until}) =~ tr/tcr/sss/ for @exempt;
    return $line;
}

sub last_until { my (@exempt) = @_; return (sort { $b <=> $a } map { $_->{until} } @exempt)[0] // 0 }

# The expected view of one schedule for one client.
sub view { my ($s, $client) = @_;
    my $bucket  = place($s->{name}, $client);
    my $line    = line_of($s, $bucket);
    my @network = grep { $_->{who} eq 'network' } @{ $s->{exempt} };
    my @exempt  = grep { $_->{who} eq 'network' || $_->{who} eq $client } @{ $s->{exempt} };
    my %v = (s => $s, line => $line, bucket => $bucket, own => exempt_line($line, @exempt),
        shake => exempt_line(line_of($s, 0), @network), until => last_until(@exempt));
    my ($good, $sunset, $refused) = map { seconds($_) } map { $_->[0] =~ $_->[1] ? $-[0] : die }
        [$line, qr/[cr]*$/], [$v{own}, qr/[cr]*$/], [$v{shake}, qr/r*$/];
    my (@run, @trial);    # for each cell: the end of its run of the same phase, and the next phase
    while ($line =~ /((.)\g{-1}*)/g) {
        my $next = $+[0] < $CELLS ? substr($line, $+[0], 1) : $2;
        push @run, (join ' ', seconds($+[0]), $PHASE{$next}, $good) x length $1;
    }
    while ($v{own} =~ /t+/g) {    # and the next run of t
        push @trial, ([$-[0], $+[0]]) x ($+[0] - @trial);
    }
    return { %v, run => \@run, trial => \@trial, sunset => $sunset, refused => $refused };
}

my %ACTION = (o => 'observe', a => 'warn', g => 'warn', s => 'warn', t => 'reject', c => 'reject', r => 'reject');

# The start of the trial that is open at t: of its run in the line in which a trial by hand begins when
# it was made. One that was made later than now, by another clock, began now.
sub began { my ($v, $t, $cell) = @_;
    my $s = $v->{s};
    my $since = $s->{kind} eq 'trial' ? $s->{since} : 0;
    my $line = line_of({ %$s, kind => '' }, $v->{bucket});
    substr($line, $since, length $v->{line}) = substr($v->{line}, $since);
    return $t if substr($line, $cell, 1) ne 't' && $t != seconds($cell);
    return seconds($cell - length((substr($line, 0, $cell) =~ /(t*)$/)[0]));
}

# The expected answers about one schedule.
sub told { my ($v, $t, $cell) = @_;
    my ($phase, $own, $shake) = map { substr($_, $cell, 1) } @$v{qw(line own shake)};
    my $trial = $v->{trial}[$cell];
    my @trial = $trial ? (map { seconds($_) } @$trial) : ('never', 'never');
    $trial[0] = began($v, $t, $cell) if $trial && $own eq 't';
    return join ' ', $PHASE{$phase}, $v->{run}[$cell], $ACTION{$own}, $shake eq 'r' ? 'refuse' : $ACTION{$shake},
        $own eq 's' ? seconds($v->{until}) : 'never', $v->{sunset}, $v->{refused}, @trial;
}

# The strictest one at that cell: rejected, exempt, served, and within these by the phase.
sub decides { my ($cell, @views) = @_;
    my @weight = map {
        my ($phase, $own) = map { substr($_, $cell, 1) } @$_{qw(line own)};
        10 * index('oawr', substr($ACTION{$own}, 0, 1)) + ($own =~ /[ag]/ ? 0 : index('otcr', $phase));
    } @views;
    my ($best) = sort { $weight[$b] <=> $weight[$a] || $a <=> $b } 0 .. $#views;
    return $views[$best];
}

# The end of the trial of a string at that cell, if its client is served then.
sub trial_end { my ($own, $cell) = @_;
    pos($own) = $cell;
    return $own =~ /\Gt+(?=[oags])/g ? pos $own : undef;
}

# When a client that a trial rejects is served by all: one trial may follow the other.
sub retry { my ($cell, $decides, @views) = @_;
    my $end = trial_end($decides->{own}, $cell) // return 'never';
    for (my $moves = 0; my ($v) = grep { substr($_->{own}, $end, 1) =~ /[tcr]/ } @views; $moves++) {
        return 'never' if $moves == 16 || !defined($end = trial_end($v->{own}, $end));
    }
    return seconds($end);
}

# The questions and the expected answers for one client.
sub questions { my ($schedules, $client, @instants) = @_;
    my @views = map { view($_, $client) } @$schedules;
    my @asked;
    for my $t (@instants) {
        my $cell    = int(($t - $base) / $unit);
        my $decides = decides($cell, @views);
        push @asked, ["$t $client", join ' ', (map { told($_, $t, $cell) } @views), $decides->{s}{name}, retry($cell, $decides, @views)];
    }
    return @asked;
}

# The place of a client among the shares, as the reference describes it, and a client for each.
sub place { my ($schedule, $client) = @_; return unpack('Q>', sha256("$schedule\0$client")) % 100 }
my %CLIENT;
for (my $i = 0; keys %CLIENT < 100; $i++) {
    $CLIENT{ place('oracle', "account:$i") } //= "account:$i";
}

# Every boundary and one second on each side.
sub boundaries { my ($s) = @_;
    my @windows = map { @$_ } map { occurrences($_) } @{ $s->{trials} };
    my @cells   = grep { defined } edges($s), @windows, @$s{qw(until to)}, map { $_->{until} } @{ $s->{exempt} };
    return map { ($_ - 1, $_, $_ + 1) } map { $base + $_ * $unit } @cells;
}

note "TLSGATE_ORACLE_SEED=$SEED repeats this run";
srand($SEED);
my $dir = tempdir(CLEANUP => 1);
open my $ask,  '>', "$dir/ask"  or die "$dir/ask: $!\n";
open my $want, '>', "$dir/want" or die "$dir/want: $!\n";
my ($pairs, $invalid, $count) = (0, 0, 0);

# Writes a schedule, and whether it is valid.
sub put { my ($s) = @_;
    print $ask map { "$_\n" } $s->{name} eq 'oracle' ? 'schedule' : 'beside', lines($s);
    print $want is_valid($s) ? join(' ', 'valid', map { seconds($_) } dates($s)) : 'invalid', "\n";
    $count++;
    return is_valid($s) || ($invalid++, 0)[1];
}

while ($pairs < $PAIRS) {
    $unit = one_of(1, 1, 1, 60, 3600, 86400, 604800);
    # The epoch, around the ends of February 1900 and 2000, and anywhere in ten thousand years.
    $base = one_of(0, -2203891200 - cell(0, $CELLS), 951782400 - cell(0, $CELLS),
        -cell(0, 60_000_000_000), cell(0, 240_000_000_000));
    my @asked = map { { %{ random_schedule() }, name => $_ } } 'oracle', ('beside') x (rand() < 0.5);
    next if grep { !put($_) } @asked;
    my $trial   = one_of(map { @{ $_->{trials} } } @asked) // { share => 100 };
    my %buckets = map { $_ => 1 } 0, 99, $trial->{share} - 1, $trial->{share} % 100;
    my @clients = map { $CLIENT{$_} } sort { $a <=> $b } keys %buckets;
    for my $s (@asked) {
        $s->{exempt} = [exemptions($s, @clients)];
        print $ask map { "exempt $s->{name} $_->{who} " . instant($_->{until}) . "\n" } @{ $s->{exempt} };
    }
    my @anywhere = map { $base + cell(0, $CELLS * $unit - 1) } 1 .. 70;
    my %instants = map { $_ => 1 } (map { boundaries($_) } @asked), @anywhere;
    $pairs += @asked * keys %instants;
    for my $client (@clients) {
        for my $q (questions(\@asked, $client, sort { $a <=> $b } keys %instants)) {
            print $ask "$q->[0]\n";
            print $want "$q->[1]\n";
        }
    }
}
close $ask  or die "$dir/ask: $!\n";
close $want or die "$dir/want: $!\n";

is system("$DRIVER <$dir/ask >$dir/got"), 0, "$DRIVER answers";
open my $expected, '<', "$dir/want" or die "$dir/want: $!\n";
open my $got,      '<', "$dir/got"  or die "$dir/got: $!\n";
my ($n, $right, $answer);
for ($n = 0; defined($right = <$expected>); $n++) {
    $answer = <$got> // "nothing\n";
    last if $answer =~ s/ #.*//r ne $right;
}

# The lines before the question that had answer N, from the beginning of its schedules on.
sub asked_before { my ($n) = @_;
    my @lines;
    open my $asked, '<', "$dir/ask" or die "$dir/ask: $!\n";
    while (<$asked>) {
        my $is_question = /^-?\d/;
        @lines = () if $_ eq "schedule\n";
        push @lines, $_ if !$is_question;
        return (@lines, $_) if ($is_question || $_ eq "finish\n") && $n-- == 0;
    }
    return;
}

my $what = "$pairs instants agree, in $count schedules of which $invalid are wrong";
ok !defined $right && eof $got, $what or diag asked_before($n), 'expected: ', $right // "nothing\n", '     got: ', $answer;
cmp_ok $invalid, '>', $count / 50, 'enough of the schedules were wrong';
done_testing();
