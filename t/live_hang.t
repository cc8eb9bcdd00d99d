# A state file that hangs, as on a network file system: the thread that opens it waits, and no
# other does, however long it lasts. The others continue with the last good state. If its process
# dies while it waits, another replaces it. That thread is a client's or mod_watchdog's: whichever
# comes first in a second.
use strict;
use warnings;
use lib 't/lib';
use File::Temp qw(tempdir);
use POSIX ();
use Test::More;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
use TlsGate::Client qw(ask);
use TlsGate::Httpd;
use TlsGate::State qw(document suspend);

# The number of clients, each in another second of the clock.
my $CLIENTS = 4;

# open() of a file that has a FILE.hang returns when that is gone. Each thread that waits leaves a
# file.
my $dir = tempdir('tlsgate-XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $dir;
mkdir "$dir/waits" or die "$dir: $!";
chmod 0777, "$dir/waits";
open(my $source, '>', "$dir/hang.c") or die "$dir: $!";
print $source <<'C';
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static void say_that_it_waits(int (*real)(const char *, int, ...))
{
    char name[4096];

    snprintf(name, sizeof(name), WAITS "/%d", (int)gettid());
    close(real(name, O_CREAT | O_WRONLY, 0666));
}
int open(const char *path, int flags, ...)
{
    int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    const char *name = strrchr(path, '/');
    char hang[4096];
    va_list more;
    int mode;

    va_start(more, flags);
    mode = va_arg(more, int);
    va_end(more);
    if (name && strcmp(name, "/state.json") == 0) {
        snprintf(hang, sizeof(hang), "%s.hang", path);
        if (access(hang, F_OK) == 0) {
            say_that_it_waits(real);
        }
        while (access(hang, F_OK) == 0) {
            usleep(10000);
        }
    }
    return real(path, flags, mode);
}
C
close $source;
system(($ENV{CC} || 'cc') . " -O1 -shared -fPIC -DWAITS='\"$dir/waits\"' -o $dir/hang.so $dir/hang.c -ldl") == 0 or die "hang.c does not compile\n";
local $ENV{TLSGATE_PRELOAD} = join(':', grep {length} $ENV{TLSGATE_PRELOAD} // '', "$dir/hang.so");

my ($h, $state);
sub old { my $r = ask(port => $h->port, tls => 'TLSv1'); return $r ? $r->{status} // 'half' : 'none' }
sub answer { my ($n) = @_; return TlsGate::Httpd::slurp($h->dir . "/run/client.$n") }

sub start_client {
    my ($n) = @_;
    my $pid = fork() // die "fork: $!";
    return $pid if $pid;
    alarm 120;
    my $got = eval { old() } // 'died';
    $h->write_file("run/client.$n", $got);
    POSIX::_exit(0);
}

sub next_second {
    my $before = int clock_gettime(CLOCK_MONOTONIC);
    $h->wait_until(sub { int clock_gettime(CLOCK_MONOTONIC) > $before });
}

sub children { return grep { TlsGate::Httpd::slurp("/proc/$_/stat") =~ /\) \S (\d+)/ && $1 == $h->{pid} } map { m{(\d+)$} } glob('/proc/[0-9]*') }

# $dies: the process that waits, with all the others.
sub hang {
    my ($mpm, $dies) = @_;
    $h = TlsGate::Httpd->new(mpm => $mpm, conf => <<'CONF');
Listen 127.0.0.1:@tls@
SSLEngine on
TlsGateState $DIR/state/state.json
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1 TLSv1.1
    TlsGateCutoff    2018-08-07T08:40Z
</TlsGateSchedule>
TlsGate legacy
TlsGateLog logs/tlsgate.ndjson
CONF
    $state = TlsGate::State->new($h, sub { old() });
    $h->start;
    ok($state->apply(suspend('legacy', '2099-01-01T00:00:00Z')), "$mpm: a suspend is applied");
    unlink glob("$dir/waits/*");
    $h->write_file('state/state.json.hang', '');
    $state->put(document());
    my @pids = map { next_second(); start_client($_) } 1 .. $CLIENTS;
    my @answered;
    $h->wait_until(sub { @answered = grep {length} map { answer($_) } 1 .. $CLIENTS; @answered >= $CLIENTS - 1 });
    is(scalar(my @waits = glob("$dir/waits/*")), 1, "$mpm: one thread waits for the file");
    is_deeply([ grep { $_ ne '200' } @answered ], [], "$mpm: all others have the last good state");
    kill(KILL => children()) if $dies;
    unlink $h->dir . '/state/state.json.hang' unless $dies;
    waitpid($_, 0) for @pids;
    unlink $h->dir . '/state/state.json.hang';
    my $last = $dies ? 'none' : 426;
    my $answers = join(' ', sort map { answer($_) } 1 .. $CLIENTS);
    like($answers, qr/^(200 ){@{[ $CLIENTS - 1 ]}}(200|$last)$/, "$mpm: " . ($dies ? 'it is killed' : 'then it gets the new one'));
    ok($h->wait_until(sub { old() == 426 }), "$mpm: and the new state is applied");
    $h->finish_ok;
}

chomp(my $libexec = `apxs -q LIBEXECDIR`);
for my $mpm (qw(prefork event)) {
    SKIP: {
        skip "httpd has no $mpm", 1 unless -e "$libexec/mod_mpm_$mpm.so";
        hang($mpm);
        hang($mpm, 1) if $mpm eq 'prefork';
    }
}
done_testing;
