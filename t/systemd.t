#!/usr/bin/perl
# The unit for systemd: systemd accepts every line of it and rates it as secure; its command,
# with the environment of its file and none of root's powers, follows a real etcd, and does
# nothing that the unit forbids; make installs it with the path of the installed program.
use v5.16;
use strict;
use warnings;

use lib 't/lib';
use File::Temp qw(tempdir);
use Test::More;
use TlsGate::Ctl;
use TlsGate::Etcd;

my $UNIT = 'conf/systemd/tlsgatectl-follow.service';
my $STATE = '/var/lib/tlsgate/state.json';
my $TIGHT = 25; # tenths: a rating of `OK`, with some room for other versions of systemd

sub in_path { my ($name) = @_; return (grep { -x } map { "$_/$name" } split(/:/, $ENV{PATH}))[0] }
sub said { my ($command) = @_; return scalar `$command 2>&1` }

my $text = TlsGate::Httpd::slurp($UNIT);
my %value;
push @{ $value{$1} }, $2 while $text =~ /^(\w+)=(.*)$/mg;
sub words { my ($name) = @_; return map { split ' ' } @{ $value{$name} || [] } }
my $program = TlsGate::Ctl::program();
my ($path, @arguments) = words('ExecStart');

# --- the verdict of systemd
SKIP: {
    skip 'systemd-analyze is not installed', 3 unless in_path('systemd-analyze');
    my $dir = tempdir('tlsgate-unit-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $copy = "$dir/tlsgatectl-follow.service";
    my $verify = sub {
        open(my $h, '>', $copy) or die "$copy: $!";
        print $h $_[0] =~ s/^ExecStart=\S+/ExecStart=$program/mr;
        close $h;
        return said("systemd-analyze verify --man=no '$copy'");
    };
    like($verify->($text . "[Service]\nNoSuchKey=1\n"), qr/NoSuchKey/, 'systemd reports an unknown key');
    is($verify->($text), '', '... and accepts the whole unit');
    my $judged = said("systemd-analyze security --offline=yes --no-pager '$copy'");
    my ($exposure) = $judged =~ /exposure level for \S+: ([\d.]+)/;
    SKIP: {
        skip 'this systemd-analyze cannot rate a file', 1 unless defined $exposure;
        cmp_ok(10 * $exposure, '<=', $TIGHT, "... and rates it as secure: $exposure") or diag($judged);
    }
}
is("@{ $value{Documentation} }", 'man:tlsgatectl(8)', 'its page is the installed one');
ok(-e 'docs/man/tlsgatectl.8', '... and it exists');
is_deeply([map { "@{ $value{$_} || ['none'] }" } qw(Restart StartLimitIntervalSec)], ['always', '0'], 'it is restarted, however often it ends');
is("/var/lib/$value{StateDirectory}[0]/state.json", $STATE, 'it may write to the directory of the default state file');
is($value{StateDirectoryMode}[0], '0755', '... as httpd wants it');
my ($variables) = words('EnvironmentFile');
my $guide = TlsGate::Httpd::slurp('docs/operators.md');
ok(index($guide, $variables) >= 0, 'the guide names its file of variables');

# --- where make installs it
{
    my $dir = tempdir('tlsgate-install-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $how = said("make --no-print-directory -f Makefile.apxs -o all install DESTDIR='$dir' SBINDIR=/opt/tlsgate/bin");
    my $there = TlsGate::Httpd::slurp("$dir/usr/lib/systemd/system/tlsgatectl-follow.service");
    like($how, qr{^Installed\. Next: LoadModule tlsgate_module \S+/mod_tlsgate\.so in httpd\.conf.*tlsgatectl check}ms, 'and says what comes next');
    is($there, $text =~ s{^ExecStart=\S+}{ExecStart=/opt/tlsgate/bin/tlsgatectl}mr, 'make installs it, with the path of the program') or diag($how);
    ok(-x "$dir/opt/tlsgate/bin/tlsgatectl", '... which is installed');
    is(TlsGate::Httpd::slurp("$dir/usr/share/mod_tlsgate/advice.conf"), TlsGate::Httpd::slurp('conf/advice.conf'), '... with the advice');
}

# --- its command, with a real etcd
if (my $missing = TlsGate::Etcd::missing()) { note($missing); done_testing; exit }
my $etcd = TlsGate::Etcd->new;
my $ctl = TlsGate::Ctl->new;
my %variable = (TLSGATE_STORE => $etcd->url('tlsgate/state') =~ s/127\.0\.0\.1/localhost/r, TLSGATE_STATE => $ctl->{state});
my @as = in_path('setpriv') ? ('setpriv', '--no-new-privs', $> ? () : ('--bounding-set=-all', '--inh-caps=-all')) : ();
my $trace = "$ctl->{httpd}{dir}/trace";
my $is_traced = in_path('strace') && !$ENV{TLSGATE_PRELOAD};
my @traced = $is_traced ? ('strace', '-f', '-y', '-o', $trace) : ();
# The program, with only the words of the unit.
my $follow = $ctl->begin({ env => { %variable, LD_PRELOAD => undef } }, @as, @traced, $program, @arguments);
my $wait = sub { $ctl->{httpd}->wait_until($_[0]) };
my @change = (qw(suspend legacy-tls --for PT1H --reason because --by ops --yes), '--store', $variable{TLSGATE_STORE});
is($path =~ s{.*/}{}r, 'tlsgatectl', 'its program is tlsgatectl');
ok($wait->(sub { $ctl->text('.follow') =~ /"connected":true/ }), 'its command follows the store');
is($ctl->run(@change)->{status}, 0, 'a change of the store');
ok($wait->(sub { @{ ($ctl->document || {})->{overrides} || [] } == 1 }), '... is installed');
is(sprintf('%04o', (stat $ctl->{state})[2] & 07777), '0644', '... readable for httpd');
ok($wait->(sub { scalar $ctl->audit }), '... with its line of the audit');
# The process under strace, or the one without it.
my ($child) = $is_traced ? map { /^(\d+)/ } TlsGate::Httpd::slurp($trace) : $follow->{pid};
kill TERM => $child;
my $end = $ctl->finish($follow);
is($end->{status}, 0, 'it ends well when it is stopped') or diag($end->{err});

# --- and the unit allows all of that
SKIP: {
    skip 'no strace of the program as installed', 4 unless $is_traced;
    my @calls = map { /^\d+\s+(\w+)\((.*)/ ? [$1, $2] : () } split(/\n/, TlsGate::Httpd::slurp($trace));
    my %families = map { $_ => 1 } words('RestrictAddressFamilies');
    my %wanted = map { ($_->[1] =~ /^(\w+)/)[0] => 1 } grep { $_->[0] eq 'socket' && $_->[1] !~ /EAFNOSUPPORT/ } @calls;
    # glibc reads the addresses of this machine by netlink, but works without it too.
    delete $wanted{AF_NETLINK};
    is_deeply([grep { !$families{$_} } sort keys %wanted], [], 'the unit allows its sockets: ' . join(' ', sort keys %wanted));
    is_deeply([grep { /PROT_WRITE/ && /PROT_EXEC/ } map { $_->[1] } grep { $_->[0] =~ /^(?:mmap|mprotect)$/ } @calls], [], '... and writes no memory that it executes');
    my %written = map { $_ => 1 }
        map { $_->[1] =~ /^\w+<([^>]*)>, "([^"]+)", [^)]*O_(?:WRONLY|RDWR|CREAT)/ ? (substr($2, 0, 1) eq "/" ? $2 : "$1/$2") : () } grep { $_->[0] eq 'openat' } @calls;
    is_deeply([sort keys %written], [map { "$ctl->{state}.$_" } qw(audit follow lock new)], '... and writes only the files beside the state file');
    skip 'systemd-analyze is not installed', 1 unless in_path('systemd-analyze');
    my $set = sub { my ($name) = @_; return map { /^\s+([a-z]\S*)/ ? $1 : /^\s+(@\S+)/ ? __SUB__->($1) : () } split(/\n/, said("systemd-analyze syscall-filter $name")) };
    my %allowed;
    for my $filter (@{ $value{SystemCallFilter} }) {
        my ($not, @sets) = ($filter =~ /^(~?)/, split(' ', $filter =~ s/^~//r));
        for my $call (map { $set->($_) } @sets) { if ($not) { delete $allowed{$call} } else { $allowed{$call} = 1 } }
    }
    my %made = map { $_->[0] => 1 } @calls;
    is_deeply([grep { !$allowed{$_} } sort keys %made], [], '... and each of its ' . keys(%made) . ' system calls is allowed');
}

done_testing;
