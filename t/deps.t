# Packages that `make deps` installs and upgrades: only missing ones, and those older than the
# archive's and not held. The package managers are stubs; no package of this machine is touched.
use strict;
use warnings;

use File::Temp qw(tempdir);
use Test::More;
use lib 't/lib';
use TlsGate::Httpd;

my $INSTALLER = TlsGate::Httpd::absolute('src/build/install-packages');
my $dpkg = grep { -x "$_/dpkg" } split(/:/, $ENV{PATH});

# Every package manager is this program, which plays the one that it is called as. Each line of
# the file "packages" is "NAME VERSION CANDIDATE SOURCE DEPENDS"; a VERSION of - is not installed,
# a CANDIDATE of - cannot be had, and one that begins with ! cannot be installed.
my $STUB = <<'PERL';
use strict;
use warnings;
my $program = $0;
my @FIELDS = qw(Package Version Candidate source:Package Depends);
sub lines { open(my $in, '<', "$ENV{STUB}/$_[0]") or return; chomp(my @l = <$in>); return @l }
sub noted { open(my $out, '>>', "$ENV{STUB}/log") or die $!; print $out "@_\n" }
my %p;
for (lines('packages')) { my %h; @h{@FIELDS} = split / /; $p{ $h{Package} } = \%h }
my %held  = map { $_ => 1 } lines('held');
my @names = grep { $p{$_} } @ARGV;

sub is_there { return $p{ $_[0] } && $p{ $_[0] }{Version} ne '-' }
sub install {
    exit 100 if grep { $p{$_}{Candidate} =~ /^[-!]/ } @names;
    $p{$_}{Version} = $p{$_}{Candidate} for @names;
    open(my $out, '>', "$ENV{STUB}/packages") or die $!;
    print $out join(' ', @{ $p{$_} }{@FIELDS}), "\n" for sort keys %p;
}

my %does = (
    'dpkg-query' => sub {
        my ($format) = map { /^-f=(.*)/s ? $1 =~ s{\\n}{\n}gr : () } @ARGV;
        @names = grep { is_there($_) } (@ARGV > 2 ? @names : sort keys %p) or exit 1;
        for my $n (@names) {
            my %of = (%{ $p{$n} }, Status => $held{$n} ? 'hold ok installed' : 'install ok installed');
            $of{Depends} =~ s/,/ (>= 1), /g;
            print $format =~ s/\$\{([^}]+)\}/$of{$1}/gr;
        }
    },
    'apt-cache' => sub {
        for my $n (@names) {
            my $installed = is_there($n) ? $p{$n}{Version} : '(none)';
            my $candidate = $p{$n}{Candidate} eq '-' ? $installed : $p{$n}{Candidate} =~ s/^!//r;
            print "$n:\n  Installed: $installed\n  Candidate: $candidate\n  Version table:\n";
        }
    },
    'apt-mark' => sub {
        noted("apt-mark @ARGV") if $ARGV[0] eq 'auto';
        print map {"$_\n"} $ARGV[0] eq 'showhold' ? sort keys %held : $ARGV[0] eq 'showauto' ? grep {/^lib/} @names : ();
    },
    'apt-get' => sub {
        my @words = grep { !/^(?:-|Dir)/ || $_ eq '--only-upgrade' } @ARGV;
        noted("apt-get @words" . ($ARGV[0] ne 'update' && !-e $ENV{POLICY_RC_D} ? ' without a guard' : ''));
        if ("@ARGV" =~ /Preferences=(\S+)/ && open(my $in, '<', $1)) { noted(s/\s+\z//r) for grep {/^Pa|^Pin:/} <$in> }
        install() if $ARGV[0] ne 'update';
    },
    rpm => sub {
        if ($ARGV[0] eq '-qR') { print "rpmlib(X) <= 1\nlibssl3\nlibapr1 >= 1\n"; return }
        for my $n (grep { !/^-|^%/ } @ARGV) {
            if (!is_there($n)) { print "no package provides $n\n"; exit 1 }
            print "@ARGV" =~ /%\{VERSION\}/ ? $p{$n}{Version} : $n, "\n";
        }
    },
    dnf => sub {
        if ("@ARGV" =~ /repoquery/) {
            print map {"\n$_ $p{$_}{Candidate}\n"} grep { is_there($_) && $p{$_}{Candidate} gt $p{$_}{Version} } @names;
            return;
        }
        noted("dnf @{[grep { !/^-/ } @ARGV]}");
        install();
    },
    sudo => sub { exec @ARGV },
);
$does{$program}->();
PERL

# The programs that the script may find, whichever managers this machine has.
my @TOOLS = qw(awk cat chmod dpkg env fmt grep id mktemp perl rm sed sh sort tail tee tr xargs);
my %MANAGERS = (apt => [qw(dpkg-query apt-cache apt-mark apt-get)], dnf => [qw(rpm dnf)], neither => []);

sub written {
    my ($file, $text) = @_;
    open(my $out, '>', $file) or die "$file: $!";
    print $out $text;
    close $out;
    chmod 0755, $file;
}

# Requests httpd, its library and curl on a machine with these packages, some of them held: the
# exit status, the output, the actions, the packages afterwards.
sub deps {
    my ($manager, $packages, @held) = @_;
    my $dir = tempdir(CLEANUP => 1);
    mkdir "$dir/bin";
    for my $tool (@TOOLS) {
        my ($at) = grep { -x } map {"$_/$tool"} split(/:/, $ENV{PATH});
        symlink($at, "$dir/bin/$tool") if $at;
    }
    written("$dir/stub", $STUB);
    written("$dir/bin/$_", qq{#!/bin/sh\nexec perl -e '\$0 = shift; do "\$ENV{STUB}/stub"; die \$\@ if \$\@' $_ "\$\@"\n})
        for @{ $MANAGERS{$manager} }, 'sudo';
    written("$dir/packages", join('', map {"$_\n"} @$packages));
    written("$dir/held",     join('', map {"$_\n"} @held));
    local @ENV{qw(STUB PATH POLICY_RC_D)} = ($dir, "$dir/bin", "$dir/policy-rc.d");
    my $list = 'apache2-bin libssl-dev curl';
    my $printed = `$INSTALLER test "$list" "$list" 2>&1`;
    my $status = $? >> 8;
    return { status => $status, printed => $printed, guard => -e "$dir/policy-rc.d" ? 1 : 0,
        done => [split /\n/, TlsGate::Httpd::slurp("$dir/log")], left => TlsGate::Httpd::slurp("$dir/packages") };
}

my $HTTPD = 'apache2-bin 2.4.71 2.4.71 apache2 libssl3,libapr1';
my $APR   = 'libapr1 1.7 1.7 apr -';
my @NEW   = ($HTTPD, $APR, 'curl 8 8 curl -', 'libssl-dev 3.0.22 3.0.22 openssl -', 'libssl3 3.0.22 3.0.22 openssl -');
my @OLD   = ($HTTPD, $APR, 'curl 8 8 curl -', 'libssl-dev 3.0.19 3.0.22 openssl -', 'libssl3 3.0.19 3.0.22 openssl -');
my @NONE  = ($HTTPD, $APR, 'curl - 8 curl -', 'libssl-dev 3.0.22 3.0.22 openssl -', 'libssl3 3.0.22 3.0.22 openssl -');
my @BAD   = ($HTTPD, 'libapr1 1.6 !1.7 apr -', 'curl 7 8 curl -', @NEW[3, 4]);

SKIP: {
    skip 'dpkg compares versions, and is not here', 1 unless $dpkg;
    my $r = deps(apt => \@NEW);
    is_deeply([@$r{qw(status done)}], [0, []], 'all there and as new as the archive: nothing is done, no list is fetched') or diag($r->{printed});
    like($r->{printed}, qr/^  apache2-bin libssl-dev curl\nAll of them are installed\./m, '  and the list is printed');

    $r = deps(apt => \@NONE);
    is_deeply($r->{done}, ['apt-get update', 'apt-get install curl'], 'a missing package is installed, and nothing else') or diag($r->{printed});
    is_deeply([@$r{qw(status guard)}], [0, 0], '  under a guard that is gone afterwards');

    $r = deps(apt => \@OLD);
    is_deeply($r->{done}, ['apt-get update', 'apt-get install --only-upgrade libssl-dev libssl3', 'apt-mark auto libssl-dev libssl3'],
        'dependencies of httpd are upgraded, and stay marked as automatic') or diag($r->{printed});
    like($r->{printed}, qr/httpd and its libraries go together:\n  libssl-dev 3\.0\.19 -> 3\.0\.22\n  libssl3 3\.0\.19 -> 3\.0\.22\nInstalled\./, '  and said');

    $r = deps(apt => \@OLD, 'libssl3');
    is_deeply([@$r{qw(status done)}], [0, []], 'held: it is not upgraded, nor are others of the same source') or diag($r->{printed});
    like($r->{printed}, qr/^Held, .*\n  libssl-dev 3\.0\.19 -> 3\.0\.22\n  libssl3 3\.0\.19 -> 3\.0\.22\n.*AH01882.*\nAll of them are installed\./m, '  and reported, with the consequence');

    $r = deps(apt => [$HTTPD, $APR, 'curl 7 8 curl -', 'libssl-dev - 3.0.19 openssl -', 'libssl3 3.0.19 3.0.22 openssl -'], 'libssl3');
    is_deeply($r->{done}, ['apt-get update', 'apt-get install libssl-dev', 'Package: src:openssl', 'Pin: version 3.0.19',
        'apt-get install --only-upgrade curl', 'Package: src:openssl', 'Pin: version 3.0.19'],
        'held: a missing package of its source is installed in its version, the others are upgraded') or diag($r->{printed});

    $r = deps(apt => \@BAD);
    is($r->{status}, 0, 'a package that cannot be upgraded is not a failure');
    like($r->{printed}, qr/could not be upgraded and stay as they are:\n  libapr1 1\.6 -> 1\.7\nInstalled\./, '  but said') or diag($r->{printed});
    like($r->{left}, qr/^curl 8 /m, '  and the others are upgraded');

    $r = deps(apt => ['apache2-bin - - apache2 -', @NEW[1 .. 4]]);
    isnt($r->{status}, 0, 'a missing package that is not available is a failure');
}

my $r = deps(dnf => \@NEW);
is_deeply([@$r{qw(status done)}], [0, []], 'dnf: nothing to do') or diag($r->{printed});
$r = deps(dnf => \@NONE);
is_deeply($r->{done}, ['dnf install curl'], 'dnf: a missing package is installed') or diag($r->{printed});
$r = deps(dnf => \@OLD);
is_deeply($r->{done}, ['dnf upgrade libssl-dev libssl3'], 'dnf: older packages of the list, and dependencies of httpd, are upgraded') or diag($r->{printed});
$r = deps(neither => \@NEW);
is($r->{status}, 1, 'neither apt-get nor dnf is a failure');
like($r->{printed}, qr/install by hand: apache2-bin libssl-dev curl$/m, '  and lists the packages to install') or diag($r->{printed});
done_testing;
