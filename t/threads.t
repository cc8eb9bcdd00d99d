# Data that the threads of a server share, used by many of them at once: a program that is
# built with ThreadSanitizer, which makes every finding an error.
use strict;
use warnings;

use File::Basename qw(basename);
use Test::More;

my $BUILD = ($ENV{BUILD} || 'build') . '/threads';
my $LIMIT = 120;                                     # seconds for one program

my @programs = map { basename($_, '.c') } glob 't/threads/*.c';
ok(scalar @programs, 'there is a program');

for my $name (@programs) {
    ok(-x "$BUILD/$name", "$name is built") or next;
    my $text = qx(TSAN_OPTIONS=halt_on_error=0:exitcode=66 timeout $LIMIT $BUILD/$name 2>&1);
    is($? >> 8, 0, "$name: no finding") or diag($text);
    my ($planned) = $text =~ /^1\.\.([1-9]\d*)$/m;
    my $ok = () = $text =~ /^ok /mg;
    is($ok, $planned, "$name: every answer is right") or diag($text);
    unlike($text, qr/ThreadSanitizer/, "$name: ThreadSanitizer is silent");
}

done_testing;
