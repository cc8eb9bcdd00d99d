# The clock of the programs that a test runs: t/lib/clock.c, preloaded, which reads the time
# from a file that the test writes.
package TlsGate::Clock;

use strict;
use warnings;

use Cwd ();
use File::Temp ();
use Time::HiRes qw(time);
use Time::Local qw(timegm);

my $BUILD = $ENV{BUILD} || 'build';

# Built here too, for tests run by hand. $name: another one of t/lib.
sub library {
    my ($name) = (@_, 'clock');
    my $library = "$BUILD/$name.so";
    if (!-e $library || -M $library > -M "t/lib/$name.c") {
        system('make', '-s', '-f', 'Makefile.apxs', "BUILD=$BUILD", $library) == 0 or die "$library cannot be built\n";
    }
    return Cwd::abs_path($library) || die "$library: $!\n";
}

# The environment that gives a program the clock of that file, and lets it write its
# own files with real times. @preload: libraries to load before it.
sub environment {
    my ($file, @preload) = @_;
    return (LD_PRELOAD => join(':', @preload, library()), TLSGATE_CLOCK => $file);
}

# Seconds since 1970 of an instant in UTC, computed independently of the module.
sub epoch {
    my ($text) = @_;
    my ($Y, $M, $D, $h, $m, $s, $sign, $oh, $om) =
        $text =~ /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?(?:Z|([+-])(\d\d):(\d\d))$/
        or die "epoch: $text\n";
    my $t = timegm($s || 0, $m, $h, $D, $M - 1, $Y);
    my $offset = $sign ? ($oh * 3600 + $om * 60) * ($sign eq '-' ? -1 : 1) : 0;
    return $t - $offset;
}

# Sets the clock: it runs on from that instant, which began a fraction of a second ago, or stops
# at it. Running programs see the old time or the new one.
sub run_from { my ($file, $t, $fraction) = @_; return put($file, sprintf('%+.3f', $t + ($fraction // 0.02) - time)) }
sub stop_at  { my ($file, $t) = @_; return put($file, $t) }

sub put {
    my ($file, $setting) = @_;
    open(my $h, '>', "$file.new") or die "$file: $!";
    print $h "$setting\n";
    close $h;
    chmod 0644, "$file.new";
    rename("$file.new", $file) or die "$file: $!";
    return $setting;
}

# Runs something with that time for every program that it starts: for certificates,
# which `openssl req` makes valid from now.
sub stopped_at {
    my ($instant, $run) = @_;
    my $file = File::Temp->new;
    put($file->filename, epoch($instant));
    my %env = environment($file->filename);
    local @ENV{ keys %env } = values %env;
    return $run->();
}

1;
