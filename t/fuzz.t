# Every input of every corpus goes through its fuzz target, built with AddressSanitizer and
# UndefinedBehaviorSanitizer, so that fixed findings stay fixed. `make fuzz` looks for more.
use strict;
use warnings;

use File::Basename qw(basename);
use File::Temp qw(tempdir);
use Test::More;

my $BUILD = ($ENV{BUILD} || 'build') . '/fuzz';
my $LIMIT = 60;                                  # seconds for one corpus
my $DIR   = tempdir(CLEANUP => 1);

# The target's output for these inputs, and its exit status.
sub replay { my ($target, $env, @inputs) = @_;
    local @ENV{ keys %$env } = values %$env;
    my $pid = open my $out, '-|';
    die "fork: $!\n" if !defined $pid;
    if ($pid == 0) {
        open STDERR, '>&', \*STDOUT;
        exec 'timeout', $LIMIT, $target, "-artifact_prefix=$DIR/", @inputs or exit 127;
    }
    my $text = do { local $/; <$out> } // '';
    close $out;
    return ($? >> 8, $text);
}

# Inputs that other tests use too: hellos of real clients.
my %ALSO = (hello => 't/hellos/*.{hello,sslv2}');

my @targets = map { basename($_, '.c') } glob 't/fuzz/*.c';
ok(scalar @targets, 'there is a target');

for my $name (@targets) {
    my @corpus = grep { -f } glob "t/fuzz/$name/*";
    ok(scalar @corpus, "$name: the corpus has inputs") or next;
    push @corpus, glob($ALSO{$name} // '');

    my ($status, $text) = replay("$BUILD/$name", {}, @corpus);
    my $executed = () = $text =~ /^Executed /mg;
    is($status, 0, "$name: no finding") or diag($text);
    is($executed, scalar @corpus, "$name: every input was run");

    ($status, $text) = replay("$BUILD/$name", { TLSGATE_FUZZ_FAIL => 1 }, @corpus);
    isnt($status, 0, "$name: a finding would be reported");
    like($text, qr/deadly signal/, "$name: with its place");
}

# Inputs in a directory without a target would never be run.
for my $dir (grep { -d } glob 't/fuzz/*') {
    ok(-e "$dir.c", "$dir has a target");
}

done_testing;
